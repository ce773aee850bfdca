# Energy per inference against top-1 accuracy.

top_in = top_lines(5)
set lmargin at screen left_in / width
set rmargin at screen 1 - right_in / width
set bmargin at screen bottom_in / height
set tmargin at screen 1 - top_in / height
set label 1 shortened(model) at graph 0, above(5) left
set label 2 sprintf('%s, %s images, 95 %% intervals', data_set, thousands(images)) \
	at graph 0, above(4) left textcolor rgb grey
set label 3 sprintf('prices: %s', shortened(technology)) \
	at graph 0, above(3) left textcolor rgb grey

set label 201 sprintf('Energy per inference (%s)', energy_unit) at graph 0.5, below(0.33) center
set label 202 'Top-1 accuracy (%)' at screen 0.08 / width, graph 0.5 center rotate
x_low = energy_low / energy_unit_pj
x_high = energy_high / energy_unit_pj
margin = 0.03 * x_low + 0.04 * (x_high - x_low)
# Room for the name of the dashed line on the left.
room = 0.14 * (x_high - x_low)
set xrange [x_low - (room > margin ? room : margin):x_high + margin]
set yrange [accuracy_low:accuracy_high]
set format y '%g'

set arrow from graph 0, first top1_fp32 to graph 1, first top1_fp32 nohead \
	linecolor rgb grey dashtype 2
set label 4 'fp32' at graph 0, first top1_fp32 left offset 0.5, 0.5 textcolor rgb grey
dark_orange = '#9a6a00'
if (half_point_energy == half_point_energy && half_point_raw == half_point_raw) {
	a = half_point_energy / energy_unit_pj
	b = half_point_raw / energy_unit_pj
	smaller = a < b ? a : b
	# Three digits of the smaller, as many decimals for the other.
	decimals = smaller >= 100 ? 0 : smaller >= 10 ? 1 : smaller >= 1 ? 2 : 3
	amount = sprintf('%%.%df %s', decimals, energy_unit)
	set label 5 sprintf('0.5 points of loss: '.amount.' compressed, '.amount.' raw', a, b) \
		at graph 0, above(2) left
}
set label 11 'compressed' at graph 0.01, above(1) left offset 0.8, -0.15 \
		textcolor rgb blue point pointtype 7 pointsize 0.6 linecolor rgb blue
set label 12 'raw b bits' at graph 0.35, above(1) left offset 0.8, -0.15 \
		textcolor rgb dark_orange point pointtype 5 pointsize 0.6 linecolor rgb orange
set label 13 'raw int8' at graph 0.67, above(1) left offset 0.8, -0.15 \
		textcolor rgb vermillion point pointtype 12 pointsize 0.9 linecolor rgb vermillion

plot data index front using ($1 / energy_unit_pj):3:(0):($4 - $3) with vectors nohead \
		linecolor rgb '#b9d7ea' linewidth 2.5, \
	data index front using ($1 / energy_unit_pj):2 with linespoints linecolor rgb blue \
		pointtype 7 pointsize 0.4, \
	data index raw using ($1 / energy_unit_pj):2 with linespoints linecolor rgb orange \
		dashtype 3 pointtype 5 pointsize 0.5, \
	data index int8 using ($1 / energy_unit_pj):2 with points linecolor rgb vermillion \
		pointtype 12 pointsize 1
