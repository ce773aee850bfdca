# Bits per weight layer by layer, with the share of the weights on the right.

top_in = top_lines(4)
small = line_in < 0.15 ? (format eq 'svg' ? ',8' : ',6') : format eq 'svg' ? ',9.33' : ',7'
left_in = 1.08
share_in = 0.75
right_in = 0.08
gap_in = 0.2
bars_in = width - left_in - right_in - gap_in - share_in
set bmargin at screen bottom_in / height
set tmargin at screen 1 - top_in / height
set lmargin at screen left_in / width
set rmargin at screen (left_in + bars_in) / width
at_left = -(left_in - 0.1) / bars_in
set label 1 shortened(model) at graph at_left, above(4) left
set label 2 sprintf('%d bits, scale per %s, trim %d, G = %d, %s: loss %.2f points', bits, \
	scope eq 'global' ? 'model' : scope, trim, group, codec, loss) \
	at graph at_left, above(3) left textcolor rgb grey
if (n_of > n_layers) {
	set label 3 sprintf('the %d layers with the most weights of %d', n_layers, n_of) \
		at graph at_left, above(2) left textcolor rgb grey
}
array part[3] = ['stream', 'dictionary', 'side information']
array shade[3] = [blue, orange, green]
array place[3] = [0.05, 0.68, 1.52]
do for [i = 1:3] {
	set label 10 + i part[i] at graph at_left + place[i] / bars_in, above(n_of > n_layers ? 1 : 2) left \
		offset 0.7, -0.1 point pointtype 5 pointsize 0.7 linecolor rgb shade[i]
}
set label 201 'Size (bits per weight)' at graph 0.5, below(0.33) center
stats data index layers using 6 nooutput
largest = STATS_max
set border 1
set yrange [n_layers + 0.6:-1.1]
unset ytics
set grid xtics noytics
set style fill solid 1 noborder
set xrange [0:x_high * 1.05]
x_step = x_high > 12 ? 5 : x_high > 5 ? 2 : x_high > 2 ? 1 : 0.5
set xtics x_step
set format '%g'
half = 0.4
y_whole = -0.6

set multiplot
set label 20 'whole network' at graph 0, first y_whole right offset -0.5, 0 font small
plot data index layers using (0):1:(0):3:($1 - half):($1 + half) with boxxyerror linecolor rgb shade[1], \
	data index layers using (0):1:3:($3 + $4):($1 - half):($1 + half) with boxxyerror \
		linecolor rgb shade[2], \
	data index layers using (0):1:($3 + $4):($3 + $4 + $5):($1 - half):($1 + half) with boxxyerror \
		linecolor rgb shade[3], \
	'+' using (0):(y_whole):(0):(whole_stream):(y_whole - half):(y_whole + half) every ::0::0 \
		with boxxyerror linecolor rgb shade[1], \
	'+' using (0):(y_whole):(whole_stream):(whole_stream + whole_dict):(y_whole - half):(y_whole + half) \
		every ::0::0 with boxxyerror linecolor rgb shade[2], \
	'+' using (0):(y_whole):(whole_stream + whole_dict):(whole_stream + whole_dict + whole_side):(y_whole - half):(y_whole + half) \
		every ::0::0 with boxxyerror linecolor rgb shade[3], \
	data index layers using (0):1:(strcol(2)) with labels right offset -0.5, 0 font small

do for [i in '1 2 3 11 12 13 20 201'] {
	unset label int(i)
}
set lmargin at screen (left_in + bars_in + gap_in) / width
set rmargin at screen 1 - right_in / width
set label 201 'Weights (%)' at graph 0.5, below(0.33) center
set xrange [0:1.75 * largest]
set xtics (0, largest > 60 ? 50 : largest > 30 ? 25 : largest > 12 ? 10 : 5)
share(p) = p < 0.095 ? '<0.1' : p < 9.95 ? sprintf('%.1f', p) : sprintf('%.0f', p)
plot data index layers using (0):1:(0):6:($1 - half):($1 + half) with boxxyerror linecolor rgb '#9a9a9a', \
	data index layers using 6:1:(share($6)) with labels left offset 0.2, 0 font small
unset multiplot
