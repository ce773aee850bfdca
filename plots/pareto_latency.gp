# Latency against top-1 accuracy.

top_in = top_lines(4)
set lmargin at screen left_in / width
set rmargin at screen 1 - right_in / width
set bmargin at screen bottom_in / height
set tmargin at screen 1 - top_in / height
set label 1 shortened(model) at graph 0, above(4) left
set label 2 sprintf('%s, %s images, 95 %% intervals', data_set, thousands(images)) \
	at graph 0, above(3) left textcolor rgb grey
set label 3 sprintf('array %s, port of %s bits', array, port) at graph 0, above(2) left textcolor rgb grey
dark_orange = '#9a6a00'
set label 11 'behind a decoder' at graph beside(0.05), above(1) left offset 0.8, -0.15 \
	textcolor rgb blue point pointtype 7 pointsize 0.6 linecolor rgb blue
set label 12 'raw b bits' at graph beside(1.3), above(1) left offset 0.8, -0.15 \
	textcolor rgb dark_orange point pointtype 5 pointsize 0.6 linecolor rgb orange

set label 201 sprintf('Latency (%s)', unit_name) at graph 0.5, below(0.33) center
set label 202 'Top-1 accuracy (%)' at screen 0.08 / width, graph 0.5 center rotate
set logscale x
x_low = cycles_low / unit / 1.12
x_high = cycles_high / unit * 1.15
set xrange [x_low:x_high]
set yrange [accuracy_low:accuracy_high]
set format '%g'
set xtics (1, 1.2, 1.5, 2, 3, 5, 7, 10, 12, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000, 5000)
if (x_high / x_low > 8) {
	set xtics (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
}
if (x_high / x_low < 2) {
	unset logscale x
	set xtics autofreq
}
set arrow from graph 0, first top1_fp32 to graph 1, first top1_fp32 nohead \
	linecolor rgb grey dashtype 2
set label 4 'fp32' at graph 1, first top1_fp32 right offset -0.3, 0.6 textcolor rgb grey
set arrow from first cycles_low / unit, graph 0 to first cycles_low / unit, graph 1 nohead \
	linecolor rgb grey dashtype 2
set label 5 'no wait' at first cycles_low / unit, graph 0 left offset 0.7, 0.5 rotate textcolor rgb grey
small = format eq 'svg' ? ',9.33' : ',7'

plot data index all using ($1 / unit):2 with points linecolor rgb '#b9d7ea' pointtype 7 pointsize 0.35, \
	data index front using ($1 / unit):3:(0):($4 - $3) with vectors nohead \
		linecolor rgb '#b9d7ea' linewidth 2.5, \
	data index front using ($1 / unit):2 with linespoints linecolor rgb blue \
		pointtype 7 pointsize 0.5, \
	data index raw using ($1 / unit):2 with points linecolor rgb orange pointtype 5 pointsize 0.5, \
	data index raw using ($1 / unit):2:(sprintf('%d b', $3)) every ::(n_raw - 1)::(n_raw - 1) with labels center \
		offset 0, 0.7 font small textcolor rgb dark_orange, \
	data index front using ($1 / unit):2:(sprintf('G = %d', $5)) every ::(n_front - 1)::(n_front - 1) \
		with labels left offset 0.5, -0.7 font small textcolor rgb blue
