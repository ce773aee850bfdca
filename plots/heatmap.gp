# Loss of accuracy for each width and trim.

top_in = top_lines(2) + 0.06
right_in = 0.5
# Cells of half an inch at most.
surplus = width - left_in - right_in - 0.5 * n_trim
right_in = surplus > 0 ? right_in + surplus : right_in
set lmargin at screen left_in / width
set rmargin at screen 1 - right_in / width
set bmargin at screen bottom_in / height
set tmargin at screen 1 - top_in / height
set label 1 shortened(model) at graph 0, above(2) left
set label 2 sprintf('points lost on %s images; scale per %s', thousands(images), \
	scope eq 'global' ? 'model' : scope) at graph 0, above(1) left offset 0, 0.1 textcolor rgb grey
set label 201 'Trim (largest integer that becomes 0)' at graph 0.5, below(0.33) center
set label 202 'Weight width (bits)' at screen 0.08 / width, graph 0.5 center rotate

# Losses of 0 to 10 points, finer near 0; light is good and prints light.
set palette defined (0 '#fde725', 0.25 '#5ec962', 0.5 '#21918c', 0.75 '#3b528b', 1 '#440154')
shade(loss) = loss < 10 ? sqrt(loss / 10.) : 1
set cbrange [0:1]
set cbtics ('0' 0, '0.5' shade(0.5), '2' shade(2), '5' shade(5), '10+' 1) scale 0 offset -0.8, 0
set colorbox user origin screen 1 - (right_in - 0.08) / width, screen bottom_in / height \
	size screen 0.08 / width, screen 1 - (top_in + bottom_in) / height
set xrange [-0.5:n_trim - 0.5]
set yrange [-0.5:n_bits - 0.5]
set border 0
set tics scale 0
unset grid
# Values where they fit; every so many trims are named.
cell_in = (width - left_in - right_in) / n_trim
every_trim = cell_in > 0.22 ? 1 : ceil(0.22 / cell_in)
set xtics ()
do for [i = 0:n_trim - 1:every_trim] {
	set xtics add (sprintf('%d', value(sprintf('trim_%d', i))) i)
}
set ytics ()
do for [i = 0:n_bits - 1] {
	set ytics add (sprintf('%d', value(sprintf('bits_%d', i))) i)
}
small = format eq 'svg' ? ',9.33' : ',7'
amount(loss) = cell_in < 0.2 ? '' : loss < 0.995 ? sprintf(cell_in < 0.3 ? '%.1f' : '%.2f', loss) : \
	loss < 9.95 ? sprintf('%.1f', loss) : sprintf('%.0f', loss)
ink(loss) = loss > 1.2 ? 0xffffff : 0x000000

plot data index cells using 1:2:(0.49):(0.47):(shade($5)) with boxxyerror fillstyle solid 1 noborder \
		fillcolor palette, \
	data index cells using ($5 <= 0.5 + 1e-9 ? $1 : NaN):2:(0.47):(0.44) with boxxyerror \
		fillstyle empty linecolor rgb black linewidth 0.8, \
	data index cells using 1:2:(amount($5)):(ink($5)) with labels font small textcolor rgb variable
