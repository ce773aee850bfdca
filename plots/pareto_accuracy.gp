# Bits per weight against top-1 accuracy.

lines = n_all_groups > n_groups ? 5 : 4
top_in = top_lines(lines)
set lmargin at screen left_in / width
set rmargin at screen 1 - right_in / width
set bmargin at screen bottom_in / height
set tmargin at screen 1 - top_in / height
set label 1 shortened(model) at graph 0, above(lines) left
set label 2 sprintf('%s, %s images', data_set, thousands(images)).(lines == 5 ? '' : \
	'; grey: whole front, 95 %') at graph 0, above(lines - 1) left textcolor rgb grey
if (lines == 5) {
	set label 5 sprintf('grey: front of all %d groups, 95 %%', n_all_groups) \
		at graph 0, above(3) left textcolor rgb grey
}
set label 3 half_point_bits == half_point_bits ? \
	sprintf('circle: %.3gx, smallest within 0.5 points of loss', 32 / half_point_bits) : \
	'no point within 0.5 points of loss' \
	at graph 0, above(2) left textcolor rgb grey

set label 201 'Size (bits per weight)' at graph 0.5, below(0.33) center
set label 202 'Top-1 accuracy (%)' at screen 0.08 / width, graph 0.5 center rotate
set logscale x 2
x_high = 2 * bits_low
do for [name in 'front raw group_1 group_2 group_3 group_4'] {
	if (exists(name) && value('n_'.name) > 0) {
		stats data index value(name) using 2 nooutput
		x_high = STATS_max > x_high ? STATS_max : x_high
	}
}
# Room for the name of the dashed line on the left.
room = (x_high / bits_low) ** 0.14
x_low = bits_low / (room > 1.15 ? room : 1.15)
x_high = 1.15 * x_high
set xrange [x_low:x_high]
set yrange [accuracy_low:accuracy_high]
# Powers of two; the shorter the axis, the more between them.
set xtics (0.03125, 0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32)
if (x_high / x_low < 5) {
	set xtics (0.03125, 0.046875, 0.0625, 0.09375, 0.125, 0.1875, 0.25, 0.375, 0.5, 0.75, \
		1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32)
}
if (x_high / x_low < 3) {
	set xtics add (0.15, 0.3, 0.625, 0.875, 1.25, 1.75, 2.5, 3.5, 5, 7, 10, 14, 20, 28)
}
set format '%g'

set arrow from x_low, top1_fp32 to x_high, top1_fp32 nohead linecolor rgb grey dashtype 2
set label 4 'fp32' at x_low, top1_fp32 left offset 0.5, 0.5 textcolor rgb grey
do for [i = 1:n_groups] {
	set label 10 + i sprintf('G = %d', value(sprintf('size_%d', i))) \
		at graph beside(0.03) + 0.21 * (i - 1), above(1) left offset 0.8, -0.15 \
		textcolor rgb colours[i] point pointtype points[i] pointsize 0.6 linecolor rgb colours[i]
}
set label 20 'raw' at graph beside(0.03) + 0.21 * n_groups, above(1) left offset 0.8, -0.15 \
	point pointtype 2 pointsize 0.6 linecolor rgb black

plot data index front using 2:3 with lines linecolor rgb '#b8b8b8' linewidth 2, \
	data index front using 2:4:(0):($5 - $4) with vectors nohead linecolor rgb '#b8b8b8' \
		linewidth 2, \
	for [i = 1:n_groups] data index value(sprintf('group_%d', i)) using 2:3 \
		with linespoints linecolor rgb colours[i] pointtype points[i] pointsize 0.4, \
	data index raw using 2:3 with linespoints linecolor rgb black dashtype 3 pointtype 2 \
		pointsize 0.5, \
	'+' using (half_point_bits):(half_point_top1) every ::0::0 with points \
		linecolor rgb black pointtype 6 pointsize 0.9
