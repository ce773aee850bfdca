# Accuracy of every network at 137x against fp32, beside that of the network itself.

left_in = 1.62
right_in = 0.5
top_in = top_lines(3) + 0.04
set lmargin at screen left_in / width
set rmargin at screen 1 - right_in / width
set bmargin at screen bottom_in / height
set tmargin at screen 1 - top_in / height
at_left = -beside(left_in - 0.08)
set label 1 'What is left at 137x, without retraining' at graph at_left, above(3) left
set label 2 'at 137x or more' at graph at_left + beside(0.04), above(2) left offset 0.8, 0 \
	textcolor rgb vermillion point pointtype 7 pointsize 0.6 linecolor rgb vermillion
set label 3 'fp32' at graph at_left + beside(1.1), above(2) left offset 0.8, 0 \
	textcolor rgb blue point pointtype 6 pointsize 0.6 linecolor rgb blue
set label 4 'ratio' at graph 1 + beside(right_in - 0.06), above(1) right textcolor rgb grey
set label 201 'Top-1 accuracy (percent)' at graph 0.5, below(0.36) center

set xrange [0:100]
set yrange [n_networks + 0.6:0.4]
unset ytics
set xtics 20
set grid noytics

plot data index networks using 4:1:($3 - $4):(0) with vectors nohead linecolor rgb '#cccccc' linewidth 1.5, \
	data index networks using (0):1:(shortened(stringcolumn(2))) with labels right offset -0.6, 0, \
	data index networks using (100):1:(sprintf('%.0fx', $7)) with labels left offset 0.6, 0 \
		textcolor rgb grey, \
	data index networks using 5:1:($6 - $5):(0) with vectors nohead linecolor rgb vermillion linewidth 1, \
	data index networks using 3:1 with points pointtype 6 pointsize 0.6 linecolor rgb blue, \
	data index networks using 4:1 with points pointtype 7 pointsize 0.55 linecolor rgb vermillion, \
	data index networks using 4:1:(sprintf('%.1f', $4)) with labels left offset 0.2, 0.5 \
		textcolor rgb vermillion
