# Weights after quantization: how often each integer occurs.

top_in = top_lines(4)
left_in = 0.68
set lmargin at screen left_in / width
set rmargin at screen 1 - right_in / width
set bmargin at screen bottom_in / height
set tmargin at screen 1 - top_in / height
set label 1 shortened(model) at graph 0, above(4) left
set label 2 sprintf('%s weights, %d bits, scale per %s', thousands(weights), bits, \
	scope eq 'global' ? 'model' : scope) \
	at graph 0, above(3) left textcolor rgb grey
trimmed = trim == trim
set label 3 (trimmed ? 'before: ' : '').sprintf('zeros %.1f %%, order-0 entropy %#.3g bits', zero_percent, entropy0) \
	at graph 0, above(trimmed ? 2 : 1) left textcolor rgb grey
if (trimmed) {
	set label 4 sprintf('after trim %d: zeros %.1f %%, %#.3g bits, loss %.2f points', trim, trim_zero_percent, \
		trim_entropy0, trim_loss) at graph 0, above(1) left textcolor rgb blue
}

set label 201 'Quantized weight' at graph 0.5, below(0.33) center
set label 202 'Share of weights (%)' at screen 0.08 / width, graph 0.5 center rotate
set logscale y
set format y '%g'
set xrange [value_low - 1:value_high + 1]
set yrange [50. / weights:100]
set grid noxtics
set style fill solid 1 border rgb blue
set boxwidth 1
# Trimmed integers stand at 0.
kept(v) = !trimmed || abs(v) > trim

plot data index histogram using 1:3 with boxes fillstyle solid 1 noborder linecolor rgb '#c9c9c9', \
	data index histogram using (kept($1) ? $1 : NaN):3 with boxes linecolor rgb blue linewidth 0.2, \
	'+' using (0):(trimmed ? trim_zero_percent : NaN) every ::0::0 with boxes linecolor rgb blue linewidth 0.2
