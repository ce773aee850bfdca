# Area of the decoders against dictionary size.

top_in = top_lines(3)
set lmargin at screen left_in / width
set rmargin at screen 1 - right_in / width
set bmargin at screen bottom_in / height
set tmargin at screen 1 - top_in / height
set label 1 'W = 64, G = 1, b = 8; flip-flops, synthesized (SG13G2)' at graph 0, above(3) left \
	textcolor rgb grey
set label 201 'Dictionary entries D' at graph 0.5, below(0.33) center
set label 202 'Area (1000 NAND2)' at screen 0.08 / width, graph 0.5 center rotate

array name[5] = ['ring', 'ring, clock-gated', 'shift-insert', 'ring with ROM', 'ring, Nangate45 prototype']
array ink[5] = [blue, green, orange, purple, grey]
array mark[5] = [7, 9, 5, 13, 2]
array place[5] = [0, 0.5, 1.6, 0, 1.1]
do for [i = 1:5] {
	set label 10 + i name[i] at graph beside(0.05 + place[i]), above(i < 4 ? 2 : 1) left \
		offset 0.8, -0.15 textcolor rgb ink[i] point pointtype mark[i] pointsize 0.6 \
		linecolor rgb ink[i]
}

set logscale x 2
set logscale y
set xrange [1.5:380]
set yrange [2.2:40]
set xtics 2, 4, 256
set ytics (2, 3, 5, 8, 12, 20, 30)
set format '%g'

plot data index earlier using 1:($2 / 1000) with linespoints linecolor rgb grey dashtype 3 \
		pointtype 2 pointsize 0.4, \
	data index ring using 1:($2 / 1000) with linespoints linecolor rgb blue pointtype 7 \
		pointsize 0.5, \
	data index ring_gated using 1:($2 / 1000) with linespoints linecolor rgb green pointtype 9 \
		pointsize 0.5, \
	data index shift using 1:($2 / 1000) with linespoints linecolor rgb orange pointtype 5 \
		pointsize 0.5, \
	data index rom using 1:($2 / 1000) with points linecolor rgb purple pointtype 13 pointsize 0.7, \
	data index left using 1:($2 / 1000) with points linecolor rgb blue pointtype 6 pointsize 0.5, \
	data index right using 1:($2 / 1000) with points linecolor rgb blue pointtype 6 pointsize 0.5, \
	data index left using 1:($2 / 1000):3 with labels right offset -0.7, 0 textcolor rgb blue, \
	data index right using 1:($2 / 1000):3 with labels left offset 0.7, 0 textcolor rgb blue
