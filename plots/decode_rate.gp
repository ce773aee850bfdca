# Latency against decode rate, a curve per network.

top_in = top_lines(2)
set lmargin at screen left_in / width
set rmargin at screen 1 - right_in / width
set bmargin at screen bottom_in / height
set tmargin at screen 1 - top_in / height
set label 1 sprintf('array %s, port of %s bits', array, port) at graph 0, above(2) left textcolor rgb grey
set label 2 'decoder' at graph beside(0.05), above(1) left offset 0.8, -0.15 \
	point pointtype 7 pointsize 0.6 linecolor rgb black
set label 3 'plain words' at graph beside(0.85), above(1) left offset 0.8, -0.15 \
	point pointtype 2 pointsize 0.6 linecolor rgb black
set label 201 'Decode rate (weights per cycle)' at graph 0.5, below(0.33) center
set label 202 'Latency (x of no wait)' at screen 0.08 / width, graph 0.5 center rotate

# Left of the curves a column for their names, 24 characters of 7 pt at most.
small = format eq 'svg' ? ',9.33' : ',7'
longest = 4
do for [i = 1:n_curves] {
	n = strlen(value(sprintf('name_%d', i)))
	longest = n > longest ? n : longest
}
frame_in = width - left_in - right_in
room_in = 0.052 * longest + 0.3
share = room_in / frame_in
decades = log10(x_high * 1.15 / x_low)
left_edge = x_low / 10 ** (decades * share / (1 - share))
at_name = x_low / 10 ** (decades * (0.2 / frame_in) / (1 - share))
set logscale xy
set xrange [left_edge:x_high * 1.15]
set yrange [y_low:y_high]
set xtics ()
do for [i = -4:7] {
	if (2.0 ** i >= 0.99 * x_low) {
		set xtics add (sprintf('%g', 2.0 ** i) 2.0 ** i)
	}
}
set ytics (1, 1.2, 1.5, 2, 3, 4, 5, 6, 8, 12, 20, 30)
set format '%g'
array ink[10] = [blue, '#b37700', green, '#a8447a', '#2a7fb0', vermillion, '#505050', '#8a7400', '#4b3a9a', black]
array mark[10] = [7, 5, 9, 13, 11, 15, 7, 5, 9, 13]

set arrow 1 from left_edge, 1 to x_high * 1.15, 1 nohead linecolor rgb grey dashtype 2
do for [i = 1:n_curves] {
	y = value(sprintf('label_%d', i))
	set label 10 + i value(sprintf('name_%d', i)) at at_name, y right font small textcolor rgb ink[i]
	set arrow 10 + i from at_name, y to value(sprintf('left_%d', i)), value(sprintf('start_%d', i)) \
		nohead linecolor rgb ink[i] linewidth 0.5
}

plot for [i = 1:n_curves] data index value(sprintf('curve_%d', i)) using 2:($4 == 0 ? $3 : NaN) \
		with linespoints linecolor rgb ink[i] pointtype mark[i] pointsize 0.45, \
	for [i = 1:n_curves] data index value(sprintf('curve_%d', i)) using 2:($4 == 1 ? $3 : NaN) \
		with points linecolor rgb ink[i] pointtype 2 pointsize 0.45
