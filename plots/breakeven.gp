# Decoding pays below the line of a memory: decoder energy per weight against bits saved.

top_in = top_lines(4)
bottom_in = bottom_in + list_in
right_in = 0.78
set lmargin at screen left_in / width
set rmargin at screen 1 - right_in / width
set bmargin at screen bottom_in / height
set tmargin at screen 1 - top_in / height
set label 1 'Decoding pays below the line of a memory' at graph 0, above(4) left
set label 2 sprintf('decoder: %s; bands: all tables of the study', technology) \
	at graph 0, above(3) left textcolor rgb grey
set label 11 'decoder' at graph 0, above(1) left offset 0.8, -0.15 textcolor rgb vermillion \
	point pointtype 7 pointsize 0.6 linecolor rgb vermillion
set label 12 'clock-gated' at graph 0.27, above(1) left offset 0.8, -0.15 textcolor rgb green \
	point pointtype 9 pointsize 0.7 linecolor rgb green
set label 13 'open: bits saved against the best plain width, filled: int8' at graph 0, above(2) left \
	textcolor rgb grey
set label 201 'Bits saved per weight' at graph 0.5, below(0.33) center
set label 202 'Decoder energy (pJ per weight)' at screen 0.08 / width, graph 0.5 center rotate

set logscale xy
x_low = 0.05
x_high = 10
set xrange [x_low:x_high]
set yrange [0.1:200]
set format '%g'
set samples 20
# No bit saved: from the frame.
start(bits) = bits > x_low ? bits : x_low
array band[6] = [sky, blue, purple, grey, grey, grey]
array ink[6] = ['#2a7fb0', blue, '#9c4a78', grey, grey, grey]
do for [i = 1:6] {
	high = value(sprintf('high_%d', i))
	y = high * x_high
	if (y == y) {
		if (y > 200) {
			set label 20 + i value(sprintf('line_%d', i)) at 200 / high, 200 left \
				offset 0.8, -0.6 textcolor rgb grey
		} else {
			set label 20 + i value(sprintf('line_%d', i)) at x_high, \
				value(sprintf('line_at_%d', i)) left offset 0.5, 0 \
				textcolor rgb ink[i]
		}
	}
}
small = format eq 'svg' ? ',9.33' : ',7'
# Places of names are parts of the frame.
in_x(part) = x_low * (x_high / x_low) ** part
in_y(part) = 0.1 * 2000.0 ** part
if (n_names > 3) {
	do for [i = 1:n_names] {
		set label 100 + i sprintf('%c  %s', 96 + i, value(sprintf('name_%d', i))) \
			at screen (0.1 + ((i - 1) % list_columns) * (width - 0.1) / list_columns) / width, \
			screen (list_in - 0.06 - 0.13 * ((i - 1) / int(list_columns))) / height left font small
	}
}
set style fill transparent solid 0.35 noborder
unset grid

plot for [i = 1:3] '+' using 1:(value(sprintf('low_%d', i)) * $1):(value(sprintf('high_%d', i)) * $1) \
		with filledcurves linecolor rgb band[i], \
	for [i = 1:3] value(sprintf('low_%d', i)) * x with lines linewidth 1 linecolor rgb band[i], \
	for [i = 4:6] value(sprintf('high_%d', i)) * x with lines linecolor rgb grey dashtype i - 2, \
	data index plain using (start($2)):4:($3 - start($2)):(0) with vectors nohead linecolor rgb vermillion, \
	data index gated using (start($2)):4:($3 - start($2)):(0) with vectors nohead linecolor rgb green, \
	data index plain using 2:4 with points linecolor rgb vermillion pointtype 6 pointsize 0.6, \
	data index plain using 3:4 with points linecolor rgb vermillion pointtype 7 pointsize 0.6, \
	data index gated using 2:4 with points linecolor rgb green pointtype 8 pointsize 0.7, \
	data index gated using 3:4 with points linecolor rgb green pointtype 9 pointsize 0.7, \
	data index names using (in_x($4)):(in_y($5)):(in_x($6) - in_x($4)):(in_y($7) - in_y($5)) \
		with vectors nohead linecolor rgb '#606060' linewidth 0.4, \
	data index names using (in_x($2)):(in_y($3)):(n_names > 3 ? strcol(1) : strcol(8)) with labels center
