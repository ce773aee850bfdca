/* The report page is complete without this; it adds sorting, filters, opening of all folded parts,
 * hover values, copying and the choice of light or dark. */
(function () {
	'use strict';

	var root = document.documentElement, said = document.getElementById('said');

	function say(text) {
		said.textContent = text;
	}

	/* Light or dark: what the system says until somebody chooses. */
	function theme() {
		var button = document.getElementById('theme');
		var system = window.matchMedia('(prefers-color-scheme: dark)');

		function isDark() {
			return root.dataset.theme ? root.dataset.theme === 'dark' : system.matches;
		}
		function show() {
			button.textContent = isDark() ? 'Light' : 'Dark';
			button.setAttribute('aria-label', 'Use ' + (isDark() ? 'light' : 'dark') + ' colours');
		}
		try {
			var kept = localStorage.getItem('hcbench-theme');
			if (kept === 'dark' || kept === 'light')
				root.dataset.theme = kept;
		} catch (e) { /* no storage for files */ }
		button.addEventListener('click', function () {
			root.dataset.theme = isDark() ? 'light' : 'dark';
			try {
				localStorage.setItem('hcbench-theme', root.dataset.theme);
			} catch (e) { /* kept until the page is closed */ }
			show();
		});
		system.addEventListener('change', show);
		button.hidden = false;
		show();
	}

	/* Where the clipboard is out of reach, the line is selected instead. */
	function copy(code) {
		var range = document.createRange();

		function select() {
			range.selectNodeContents(code);
			getSelection().removeAllRanges();
			getSelection().addRange(range);
			say('Selected: copy with the keyboard');
		}
		if (navigator.clipboard)
			navigator.clipboard.writeText(code.textContent).then(function () {
				say('Copied');
			}, select);
		else
			select();
	}

	function addCopy(code) {
		var button = document.createElement('button');

		button.type = 'button';
		button.className = 'copy';
		button.textContent = 'copy';
		button.setAttribute('aria-label', code.closest('.point') ? 'Copy the point' : 'Copy the command');
		code.after(button);
	}

	function copies() {
		document.querySelectorAll('.command code').forEach(addCopy);
		document.addEventListener('toggle', function (event) {
			var code = event.target.open && event.target.matches('.point') &&
				event.target.querySelector('code');

			if (code && !event.target.querySelector('.copy'))
				addCopy(code);
		}, true);
		document.addEventListener('click', function (event) {
			if (event.target.classList.contains('copy')) {
				copy(event.target.previousElementSibling);
				event.target.textContent = 'copied';
			}
		});
	}

	/* The number in a cell as the page writes it; NaN for none. */
	function number(cell) {
		return parseFloat(cell.textContent.replace('\u2212', '-').replace(/\u202f/g, ''));
	}

	/* Stable; what has no value stays at the end. */
	function sortBy(table, column, down) {
		var body = table.tBodies[0], head = table.tHead.rows[0].cells[column];
		var numeric = head.classList.contains('n');
		var rows = Array.from(body.rows).map(function (row, i) {
			var cell = row.cells[column];
			return { row: row, i: i, key: numeric ? number(cell) : cell.textContent };
		});

		rows.sort(function (a, b) {
			var order;

			if (numeric && (isNaN(a.key) || isNaN(b.key)))
				return isNaN(a.key) - isNaN(b.key) || a.i - b.i;
			order = numeric ? a.key - b.key : a.key.localeCompare(b.key, 'en', { numeric: true });
			return (down ? -order : order) || a.i - b.i;
		});
		rows.forEach(function (r) {
			body.append(r.row);
		});
		Array.from(table.tHead.rows[0].cells).forEach(function (cell) {
			if (cell === head)
				cell.setAttribute('aria-sort', down ? 'descending' : 'ascending');
			else if (cell.querySelector('button'))
				cell.setAttribute('aria-sort', 'none');
		});
		say('Sorted by ' + head.textContent + (down ? ', descending' : ', ascending'));
	}

	function sorting(table) {
		Array.from(table.tHead.rows[0].cells).forEach(function (cell, i) {
			var button = document.createElement('button');

			if (cell.textContent === 'point')
				return;
			button.type = 'button';
			button.append.apply(button, Array.from(cell.childNodes));
			cell.append(button);
			cell.setAttribute('aria-sort', 'none');
			button.addEventListener('click', function () {
				sortBy(table, i, cell.getAttribute('aria-sort') === 'ascending');
			});
		});
	}

	function options(select, rows, key) {
		Array.from(new Set(rows.map(function (row) {
			return row.dataset[key];
		}))).sort().forEach(function (value) {
			select.append(new Option(value, value));
		});
	}

	function filtering(table) {
		var form = document.getElementById('filters'), fields = form.elements;
		var count = document.getElementById('count'), rows = Array.from(table.tBodies[0].rows);
		var text = rows.map(function (row) {
			return row.textContent.toLowerCase();
		});

		function fits(row, i) {
			var loss = parseFloat(row.dataset.loss);
			var low = parseFloat(fields.low.value), high = parseFloat(fields.high.value);

			return (!fields.network.value || row.dataset.network === fields.network.value) &&
				(!fields.codec.value || row.dataset.codec === fields.codec.value) &&
				(isNaN(low) || loss >= low) && (isNaN(high) || loss <= high) &&
				text[i].indexOf(fields.text.value.trim().toLowerCase()) >= 0;
		}
		function filter() {
			var n = 0;

			rows.forEach(function (row, i) {
				row.hidden = !fits(row, i);
				n += !row.hidden;
			});
			count.textContent = n + ' of ' + rows.length + ' points';
		}
		/* A link to a row that is filtered away brings all rows back. */
		function target() {
			var row = document.getElementById(location.hash.slice(1));

			if (row && row.hidden) {
				form.reset();
				filter();
				row.scrollIntoView({ block: 'center' });
			}
		}

		options(fields.network, rows, 'network');
		options(fields.codec, rows, 'codec');
		form.addEventListener('input', filter);
		form.addEventListener('reset', function () {
			setTimeout(filter, 0);
		});
		form.addEventListener('submit', function (event) {
			event.preventDefault();
		});
		window.addEventListener('hashchange', target);
		form.hidden = false;
		filter();
		target();
	}

	/* Values of a point under the pointer or with the focus. One stop of the Tab key per chart; the
	 * arrow keys go from point to point. */
	function chart(svg, tip) {
		var points = Array.from(svg.querySelectorAll('a'));

		function show(a) {
			var box = a.querySelector('.hit').getBoundingClientRect(), left;

			tip.textContent = a.getAttribute('aria-label');
			tip.hidden = false;
			left = box.left + box.width / 2 - tip.offsetWidth / 2;
			left = Math.max(8, Math.min(left, root.clientWidth - tip.offsetWidth - 8));
			tip.style.left = left + scrollX + 'px';
			tip.style.top = (box.top > tip.offsetHeight + 8 ? box.top - tip.offsetHeight - 4
				: box.bottom + 4) + scrollY + 'px';
		}
		function hide() {
			tip.hidden = true;
		}
		points.forEach(function (a, i) {
			var title = a.querySelector('title');

			a.setAttribute('aria-label', title.textContent);
			title.remove();
			a.setAttribute('tabindex', i ? '-1' : '0');
			a.addEventListener('pointerenter', function () {
				show(a);
			});
			a.addEventListener('pointerleave', hide);
			a.addEventListener('focus', function () {
				show(a);
			});
			a.addEventListener('blur', hide);
			a.addEventListener('keydown', function (event) {
				var step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
				var next = points[i + step];

				if (event.key === 'Escape')
					hide();
				if (event.key === 'Home' || event.key === 'End')
					next = points[event.key === 'Home' ? 0 : points.length - 1];
				if (!next)
					return;
				event.preventDefault();
				a.setAttribute('tabindex', '-1');
				next.setAttribute('tabindex', '0');
				next.focus();
			});
		});
	}

	/* Folded parts: all at once, and none closed on paper. */
	function folding() {
		var folds = Array.from(document.querySelectorAll('.fold')), kept;

		document.querySelectorAll('.folds').forEach(function (group) {
			var own = Array.from(group.querySelectorAll('.fold')), button = document.createElement('button');

			function show() {
				button.textContent = own.every(function (f) { return f.open; }) ? 'Close all' : 'Open all';
			}
			button.type = 'button';
			button.className = 'all';
			button.addEventListener('click', function () {
				var open = button.textContent === 'Open all';

				own.forEach(function (f) { f.open = open; });
				show();
			});
			group.addEventListener('toggle', show, true);
			own[0].before(button);
			show();
		});
		window.addEventListener('beforeprint', function () {
			kept = folds.filter(function (f) { return !f.open; });
			kept.forEach(function (f) { f.open = true; });
		});
		window.addEventListener('afterprint', function () {
			(kept || []).forEach(function (f) { f.open = false; });
		});
	}

	var table = document.querySelector('#front table'), tip = document.getElementById('tip');

	theme();
	copies();
	folding();
	if (table) {
		sorting(table);
		filtering(table);
	}
	document.querySelectorAll('.chart').forEach(function (svg) {
		chart(svg, tip);
	});
}());
