# Published claims: our values divided by the published ones, a mark per network.

left_in = 1.62
right_in = 0.78
top_in = top_lines(4) + 0.04
set lmargin at screen left_in / width
set rmargin at screen 1 - right_in / width
set bmargin at screen bottom_in / height
set tmargin at screen 1 - top_in / height
at_left = -beside(left_in - 0.08)
set label 1 'Published claims, and what hcbench measures' at graph at_left, above(4) left
set label 2 'reproduced' at graph at_left + beside(0.04), above(3) left offset 0.8, 0 textcolor rgb blue \
	point pointtype 7 pointsize 0.6 linecolor rgb blue
set label 3 'not reproduced' at graph at_left + beside(0.88), above(3) left offset 0.8, 0 textcolor rgb vermillion \
	point pointtype 9 pointsize 0.6 linecolor rgb vermillion
set label 4 'a mark per network' at graph at_left + beside(1.95), above(3) left textcolor rgb grey
set label 5 'published' at graph 1 + beside(right_in - 0.06), above(1) right textcolor rgb grey
set label 6 'as published' at first 1, graph above(1) center textcolor rgb grey
set label 201 'Ours relative to the published value' at graph 0.5, below(0.36) center

set logscale x
set xrange [x_low:x_high]
set yrange [n_claims + 0.6:0.4]
unset ytics
set xtics (0.001, 0.01, 0.1, 1, 10, 100) format '%g'
set grid noytics
do for [i = 1:n_claims] {
	set arrow 100 + i from graph 0, first i to graph 1, first i nohead back \
		linecolor rgb '#e4e4e4' linewidth 0.75
}
set arrow 1001 from first 1, graph 0 to first 1, graph 1 nohead back linecolor rgb '#404040' linewidth 1

colour_of(v) = v > 0.5 ? 0x0072B2 : 0xD55E00
plot data index claims using (x_low):1:2 with labels right offset -0.6, 0, \
	data index claims using (x_high):1:3 with labels left offset 0.6, 0 textcolor rgb grey, \
	data index marks using 3:1:($4 - $3):(0):(colour_of($5)) with vectors nohead \
		linecolor rgb variable linewidth 0.75, \
	data index marks using ($5 > 0.5 ? $2 : NaN):1 with points pointtype 7 pointsize 0.55 \
		linecolor rgb blue, \
	data index marks using ($5 > 0.5 ? NaN : $2):1 with points pointtype 9 pointsize 0.55 \
		linecolor rgb vermillion
