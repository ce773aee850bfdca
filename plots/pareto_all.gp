# Fronts of all networks: a panel each, the others behind it in grey.

top_in = 0.08
left_in = 0.5
gap_in = 0.14
title_in = 0.2
panel_w = (width - left_in - right_in - gap_in * (columns - 1)) / columns
panel_h = 1.25 - title_in
set label 201 'Size (bits per weight)' at screen 0.5 * (1 + (left_in - right_in) / width), \
	screen 0.1 / height center
set label 202 'Top-1 against fp32 (points)' at screen 0.08 / width, screen 0.5 + 0.06 / height \
	center rotate
set logscale x 2
set xrange [x_low:x_high]
set yrange [y_low:y_high]
set xtics (0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32)
set ytics 1
set format '%g'
small = format eq 'svg' ? ',9.33' : ',7'

# A number stands on the left of its circle where it has room.
inner = x_low * (x_high / x_low) ** 0.3

set multiplot
do for [i = 1:n_panels] {
	row = int((i - 1) / columns)
	column = (i - 1) % columns
	left = left_in + column * (panel_w + gap_in)
	top = height - top_in - row * 1.25 - title_in
	set lmargin at screen left / width
	set rmargin at screen (left + panel_w) / width
	set tmargin at screen top / height
	set bmargin at screen (top - panel_h + 0.1) / height
	y_format = column == 0 ? '%g' : ''
	x_format = i + columns > n_panels ? '%g' : ''
	set format y y_format
	set format x x_format
	set label 1 value(sprintf('name_%d', i)) at graph 0, 1 left offset 0, 0.55 font small
	plot -0.5 with lines linecolor rgb grey dashtype 2 linewidth 0.5, \
		for [j = 1:n_panels] data index value(sprintf('front_%d', j)) using 1:2 with lines \
			linecolor rgb '#d4d4d4' linewidth 0.75, \
		data index value(sprintf('front_%d', i)) using 1:3:(0):($4 - $3) with vectors nohead \
			linecolor rgb '#b9d7ea' linewidth 2, \
		data index value(sprintf('front_%d', i)) using 1:2 with linespoints \
			linecolor rgb blue pointtype 7 pointsize 0.3, \
		data index summary every ::(i - 1)::(i - 1) using 2:3 with points \
			linecolor rgb black pointtype 6 pointsize 0.7, \
		data index summary every ::(i - 1)::(i - 1) using ($2 > inner ? $2 : NaN):3:(sprintf('%.3gx', $4)) \
			with labels right offset -0.6, 0.4 font small, \
		data index summary every ::(i - 1)::(i - 1) using ($2 > inner ? NaN : $2):3:(sprintf('%.3gx', $4)) \
			with labels left offset 0.6, 0.4 font small
	unset label 201
	unset label 202
}
unset multiplot
