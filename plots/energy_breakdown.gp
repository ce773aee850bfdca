# What an inference's energy is made of, per memory and kind of code.

top_in = top_lines(4)
left_in = 1.4 # the memory beside the longest name
right_in = 0.55
bottom_in = 0.4
set lmargin at screen left_in / width
set rmargin at screen 1 - right_in / width
set bmargin at screen bottom_in / height
set tmargin at screen 1 - top_in / height
set label 1 shortened(model) at graph beside(0.1 - left_in), above(4) left
set label 2 sprintf('least energy at 0.5 points of loss, %s, %s', technology, array) \
	at graph beside(0.1 - left_in), above(3) left textcolor rgb grey

array part[5] = ['DRAM', 'weight memory', 'decoder', 'MACs', 'activations']
array shade[5] = [vermillion, blue, orange, '#9a9a9a', '#d0d0d0']
array place[5] = [0.1, 0.63, 1.6, 2.2, 2.72]
do for [i = 1:5] {
	set label 10 + i part[i] at graph beside(place[i] - left_in), above(1) left offset 0.7, -0.1 \
		point pointtype 5 pointsize 0.7 linecolor rgb shade[i]
}
set label 201 'Energy (% of the largest with this memory)' at graph 0.5, below(0.32) center

set border 1
set yrange [y_low - 0.6:-1]
unset ytics
set xrange [0:100]
set xtics 25
set grid xtics
set style fill solid 1 noborder
# Three digits, and no point behind the last one.
three(x) = x < 99.95 ? sprintf('%#.3g', x) : sprintf('%.0f', x)
energy(pj) = pj < 1e3 ? sprintf('%.3g pJ', pj) : pj < 1e6 ? three(pj / 1e3).' nJ' : \
	pj < 1e9 ? three(pj / 1e6).' µJ' : three(pj / 1e9).' mJ'

plot data index bars using (0):1:(0):6:($1 - 0.38):($1 + 0.38) with boxxyerror linecolor rgb shade[1], \
	data index bars using (0):1:6:7:($1 - 0.38):($1 + 0.38) with boxxyerror linecolor rgb shade[2], \
	data index bars using (0):1:7:8:($1 - 0.38):($1 + 0.38) with boxxyerror linecolor rgb shade[3], \
	data index bars using (0):1:8:9:($1 - 0.38):($1 + 0.38) with boxxyerror linecolor rgb shade[4], \
	data index bars using (0):1:9:4:($1 - 0.38):($1 + 0.38) with boxxyerror linecolor rgb shade[5], \
	data index bars using 4:1:(energy($5)) with labels left offset 0.4, 0 textcolor rgb black, \
	data index bars using (0):1:(strcol(2)) with labels right offset -0.4, 0, \
	data index bars using (0):1:(strcol(3)) with labels left offset -16, 0 textcolor rgb grey
