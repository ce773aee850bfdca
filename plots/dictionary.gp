# Size against dictionary size, one curve per word length.

top_in = top_lines(3)
right_in = 0.54
set lmargin at screen left_in / width
set rmargin at screen 1 - right_in / width
set bmargin at screen bottom_in / height
set tmargin at screen 1 - top_in / height
set label 101 shortened(model) at graph 0, above(3) left
set label 102 sprintf('%d bits, scale per %s, trim %d: loss %.2f points', bits, \
	scope eq 'global' ? 'model' : scope, trim, loss) \
	at graph 0, above(2) left textcolor rgb grey
set label 103 sprintf('smallest: %#.3g bits per weight, G = %d, D = %d', best_bits, best_group, \
	best_entries) at graph 0, above(1) left textcolor rgb grey

set label 201 'Dictionary entries D' at graph 0.5, below(0.33) center
set label 202 'Size (bits per weight)' at screen 0.08 / width, graph 0.5 center rotate
set logscale x 2
set logscale y
set xrange [0.85:max_entries * 1.1]
set yrange [y_low:y_high]
set xtics 4
set format x '%.0f'
set format y '%g'
set ytics (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2, 3, 5, 8, 12, 20)

set arrow from 0.85, entropy0 to max_entries * 1.1, entropy0 nohead linecolor rgb black dashtype 2
set label 104 sprintf('order-0 bound: %#.3g', entropy0) at 0.85, entropy0 left offset 0.5, -0.6
do for [i = 1:n_curves] {
	name = sprintf('G = %d', value(sprintf('size_%d', i)))
	x = value(sprintf('leaves_%d', i))
	if (x == x) {
		# Below the line that leaves through the top is room, on its right.
		set label i name at x, y_high left offset 0.6, -0.6 textcolor rgb colours[i]
	} else {
		set label i name at max_entries * 1.1, value(sprintf('label_%d', i)) \
			left offset 0.8, 0 textcolor rgb colours[i]
	}
}

plot for [i = 1:n_curves] data index value(sprintf('curve_%d', i)) using 2:3 \
		with linespoints linecolor rgb colours[i] pointtype points[i] pointsize 0.4, \
	'+' using (best_entries):(best_bits) every ::0::0 with points linecolor rgb black \
		pointtype 6 pointsize 1
