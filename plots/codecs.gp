# Bits per weight of every codec on one quantized and trimmed network: HardCompress is the line, the
# bound of codes for single weights is dashed.

# What a family is drawn in.
array family_colour[5] = [0x0072B2, 0x009E73, 0xD55E00, 0xAA4499, 0x505050]
array family_point[5] = [7, 5, 9, 13, 15]
array family_open[5] = [6, 4, 8, 12, 14]

left_in = 1.2
right_in = 0.42
top_in = top_lines(6) + 0.06
set lmargin at screen left_in / width
set rmargin at screen 1 - right_in / width
set bmargin at screen bottom_in / height
set tmargin at screen 1 - top_in / height
at_left = -beside(left_in - 0.1)
set label 1 shortened(model) at graph at_left, above(6) left
set label 2 (strlen(quantizer) ? quantizer.' ' : '').sprintf('%d bits, %s, trim %d: %.1f points lost on %s images', \
	bits, scope, trim, loss, thousands(images)) \
	at graph at_left, above(5) left textcolor rgb grey
set label 3 "filled: quantized so; open: the codec's own best bits, scope, trim" \
	at graph at_left, above(4) left textcolor rgb grey
along = 0.04
do for [i = 1:5] {
	if (strlen(value(sprintf('family_%d', i))) > 0) {
		set label 10 + i value(sprintf('family_%d', i)) \
			at graph at_left + beside(along), above(3) left offset 0.8, -0.25 \
			textcolor rgb family_colour[i] point pointtype family_point[i] pointsize 0.6 \
			linecolor rgb family_colour[i]
		along = along + 0.24 + 0.058 * strlen(value(sprintf('family_%d', i)))
	}
}

set label 201 'Size (bits per weight)' at graph 0.5, below(0.33) center
set label 202 'bits' at graph 1, above(1) right offset 4.2, 0 textcolor rgb grey
set xrange [x_low:x_high]
set yrange [n_codecs + 0.6:0.4]
unset ytics
set format '%g'
set grid noytics

do for [i = 1:n_codecs] {
	set arrow 100 + i from graph 0, first i to graph 1, first i nohead back \
		linecolor rgb '#e4e4e4' linewidth 0.75
}
# Above the frame both lines are named to the right; the one further right on the lower row, so that
# neither line crosses a name. Near the right side a name stands on the left.
row(x, other) = x < other ? 2 : 1
fits(x) = x - x_low < 0.6 * (x_high - x_low)
set arrow 1001 from first reference, graph 0 to first reference, graph above(row(reference, order0)) \
	nohead back linecolor rgb blue linewidth 1
set arrow 1002 from first order0, graph 0 to first order0, graph above(3 - row(reference, order0)) \
	nohead back linecolor rgb black dashtype 2 linewidth 1
name = sprintf('HardCompress %.2f', reference)
if (fits(reference)) {
	set label 21 name at first reference, graph above(row(reference, order0)) left offset 0.4, 0 \
		textcolor rgb blue
} else {
	set label 21 name at first reference, graph above(row(reference, order0)) right offset -0.4, 0 \
		textcolor rgb blue
}
name = sprintf('order-0 bound %.2f', order0)
if (fits(order0)) {
	set label 22 name at first order0, graph above(3 - row(reference, order0)) left offset 0.4, 0
} else {
	set label 22 name at first order0, graph above(3 - row(reference, order0)) right offset -0.4, 0
}
colour_of(f) = family_colour[int(f)]

plot data index codecs using (x_low):1:5:(colour_of($4)) with labels right offset -0.6, 0 \
		textcolor rgb variable, \
	data index codecs using 3:1:($2 - $3):(0):(colour_of($4)) with vectors nohead \
		linecolor rgb variable linewidth 1, \
	for [i = 1:5] data index codecs using ($4 == i ? $3 : NaN):1 with points \
		pointtype family_open[i] pointsize 0.55 linecolor rgb family_colour[i], \
	for [i = 1:5] data index codecs using ($4 == i ? $2 : NaN):1 with points \
		pointtype family_point[i] pointsize 0.65 linecolor rgb family_colour[i], \
	data index codecs using (x_high):1:($2 == $2 ? sprintf('%.2f', $2) : '-') \
		with labels right offset 4.2, 0
