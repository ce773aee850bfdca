# Order-0 bound over what each codec takes, per network.

top_in = 0.3 + names_in
left_in = 0.85
right_in = 0.05
# A column per network, not wider than a name.
cell_in = (width - left_in - right_in) / n_networks
most = n_networks > 4 ? 0.6 : 1.5
cell_in = cell_in > most ? most : cell_in
right_in = width - left_in - cell_in * n_networks
bottom_in = 0.06
set lmargin at screen left_in / width
set rmargin at screen 1 - right_in / width
set bmargin at screen bottom_in / height
set tmargin at screen 1 - (top_in - 0.06) / height
set label 1 'order-0 bound as % of the bits taken' at screen 0.08 / width, screen 1 - 0.12 / height left \
	textcolor rgb grey

set palette defined (0 '#440154', 0.25 '#3b528b', 0.5 '#21918c', 0.75 '#5ec962', 1 '#fde725')
unset colorbox
set cbrange [0:100]
shade(p) = p > 100 ? 100 : p
ink(p) = p > 58 ? 0x000000 : 0xffffff
small = format eq 'svg' ? ',9.33' : ',7'
set border 0
set tics scale 0
unset grid
set xrange [-0.5:n_networks - 0.5]
set yrange [n_codecs - 0.5:-0.5]
unset xtics
set ytics () offset 0.6, 0
do for [i = 0:n_codecs - 1] {
	set ytics add (value(sprintf('codec_%d', i)) i)
}
do for [j = 0:n_networks - 1] {
	if (n_networks > 4) {
		set label 10 + j value(sprintf('network_%d', j)) at j, graph 1 left rotate offset 0, 0.4 font small
	} else {
		set label 10 + j value(sprintf('network_%d', j)) at j, graph 1 center offset 0, 0.5 font small
	}
}

plot data index cells using 1:2:(0.48):(0.46):(shade($3)) with boxxyerror fillstyle solid 1 noborder \
		fillcolor palette, \
	data index cells using 1:2:(sprintf('%.0f', $3)):(ink($3)) with labels font small \
		textcolor rgb variable
