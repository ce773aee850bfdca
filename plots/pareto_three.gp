# Energy against latency, loss of accuracy as colour.

top_in = top_lines(4)
right_in = 0.55
set lmargin at screen left_in / width
set rmargin at screen 1 - right_in / width
set bmargin at screen bottom_in / height
set tmargin at screen 1 - top_in / height
set label 1 shortened(model) at graph 0, above(4) left
set label 2 sprintf('%s images; %s, %s', thousands(images), technology, array) \
	at graph 0, above(3) left textcolor rgb grey
set label 3 sprintf('black edge: not beaten in all three (%d of %d)', n_front_codes + n_front_raw, n_all) \
	at graph 0, above(2) left textcolor rgb grey
set label 11 'behind a decoder' at graph beside(0.05), above(1) left offset 0.8, -0.15 \
	point pointtype 6 pointsize 0.6 linecolor rgb black
set label 12 'plain words' at graph beside(1.25), above(1) left offset 0.8, -0.15 \
	point pointtype 4 pointsize 0.6 linecolor rgb black
set label 13 'points lost' at screen 1 - 0.06 / width, graph above(1) right textcolor rgb grey

kilo = cycles_high >= 2e6 ? 1e6 : cycles_high >= 2e3 ? 1e3 : 1.0
unit = energy_low >= 1e9 ? 1e9 : energy_low >= 1e6 ? 1e6 : energy_low >= 1e3 ? 1e3 : 1.0
set label 201 sprintf('Latency (%s)', kilo > 1e5 ? 'million cycles' : kilo > 100 ? '1000 cycles' : 'cycles') \
	at graph 0.5, below(0.33) center
set label 202 sprintf('Energy per inference (%s)', unit > 1e8 ? 'mJ' : unit > 1e5 ? 'µJ' : unit > 100 ? 'nJ' : 'pJ') \
	at screen 0.08 / width, graph 0.5 center rotate
set logscale xy
set xrange [cycles_low / kilo / 1.1:cycles_high / kilo * 1.15]
set yrange [energy_low / unit / 1.1:energy_high / unit * 1.15]
set xtics (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000, 5000)
set ytics (1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 300, 400, 500, 700, 850, 1000)
if (cycles_high / cycles_low > 8) {
	set xtics (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
}
if (cycles_high / cycles_low < 2.2) {
	unset logscale x
	set xtics autofreq
}
if (energy_high / energy_low > 4) {
	set ytics (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000)
}
if (energy_high / energy_low < 2.2) {
	unset logscale y
	set ytics autofreq
}
set format '%g'
set palette defined (0 '#fde725', 0.5 '#5ec962', 1 '#21918c', 1.5 '#3b528b', 2 '#440154')
set cbrange [0:2]
set cbtics 0.5 scale 0 offset -0.8, 0
set colorbox user origin screen 1 - 0.42 / width, screen bottom_in / height \
	size screen 0.08 / width, screen 1 - (top_in + bottom_in + 0.08) / height

plot data index all using ($1 / kilo):($2 / unit) with points linecolor rgb '#c8c8c8' pointtype 7 pointsize 0.3, \
	data index front_codes using ($1 / kilo):($2 / unit) with points linecolor rgb black pointtype 7 \
		pointsize 0.75, \
	data index front_codes using ($1 / kilo):($2 / unit):(0 - $3) with points linecolor palette pointtype 7 \
		pointsize 0.5, \
	data index front_raw using ($1 / kilo):($2 / unit) with points linecolor rgb black pointtype 5 \
		pointsize 0.75, \
	data index front_raw using ($1 / kilo):($2 / unit):(0 - $3) with points linecolor palette pointtype 5 \
		pointsize 0.5
