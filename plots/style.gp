# Common style of the figures: IEEE column (3.5 in) or page (7.16 in) width, 8 pt sans serif,
# colours of Okabe and Ito, which stay apart for the colour-blind, each with its own point and dash so that
# they also stay apart in print. Expects: format, target, width (inches).

if (!exists("height")) height = width > 5 ? 0.45 * width : 0.8 * width
set encoding utf8
# Names come from users: no markup is read in any text.
if (format eq 'png') {
	set terminal pngcairo noenhanced size width * 300, height * 300 font 'Arial,8' \
		fontscale 300 / 96. linewidth 300 / 96. pointscale 300 / 96. background '#ffffff'
} else {
	if (format eq 'pdf') {
		set terminal pdfcairo noenhanced size width, height font 'Arial,8' \
			fontscale 0.75 linewidth 1.33 background '#ffffff'
	} else {
		set terminal svg noenhanced size width * 96, height * 96 dynamic \
			font 'Arial,Helvetica,DejaVu Sans,sans-serif,10.67' linewidth 1 \
			background '#ffffff'
	}
}
set output target

black = '#000000'; orange = '#E69F00'; sky = '#56B4E9'; green = '#009E73'
blue = '#0072B2'; vermillion = '#D55E00'; purple = '#CC79A7'; grey = '#707070'
array colours[8] = [blue, orange, green, purple, sky, vermillion, '#505050', '#8a7400']
array points[8] = [7, 5, 9, 13, 11, 4, 6, 8]

set style line 100 linecolor rgb '#dddddd' linewidth 0.5
set border 3 linewidth 0.75 linecolor rgb '#404040'
set tics nomirror out scale 0.5, 0.25 textcolor rgb black
set grid back linestyle 100
set key noautotitle
set datafile separator tab
set datafile missing 'NaN'

# The end of a name or path tells more than its beginning.
shortened(s) = strlen(s) > 46 ? '...'.substr(s, strlen(s) - 42, strlen(s)) : s
thousands(n) = n < 1000 ? sprintf('%d', n) : n < 1e6 ? sprintf('%d,%03d', n / 1000, int(n) % 1000) \
	: sprintf('%d,%03d,%03d', n / 1e6, int(n) / 1000 % 1000, int(n) % 1000)

# Places outside the frame in inches, the same for every terminal: their characters differ.
# A figure sets left_in, right_in, bottom_in and top_in and then the margins from them.
top_lines(n) = 0.08 + 0.143 * n
above(n) = 1 + (0.143 * n - 0.06) / (height - top_in - bottom_in)
beside(inches) = inches / (width - left_in - right_in)
below(inches) = -inches / (height - top_in - bottom_in)
left_in = 0.56
right_in = 0.11
bottom_in = 0.44
