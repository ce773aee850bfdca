"""What scripts/characterize_decoder needs of a Liberty file: areas, capacitances, energies, delays,
and cells as Verilog. Units are turned into um2, fF, fJ, ns and uW."""
import bisect
import re

STATEMENT = re.compile(
    r'\s*(?:(?P<close>\})|(?P<name>\w+)\s*'
    r'(?:\((?P<args>[^)]*)\)\s*(?P<open>[{;]?)|:\s*(?P<value>"[^"]*"|[^;\n}]*?)\s*(?:;|\n|(?=\}))))\s*;?'
)


class Group:
    """name (args) { attributes; groups }"""

    def __init__(self, name, args):
        self.name, self.args = name, args
        self.attrs, self.lists, self.groups = {}, {}, []

    def get(self, name, default=None):
        return self.attrs.get(name, default)

    def all(self, *names):
        return [g for g in self.groups if g.name in names]


def unquoted(text):
    return text.strip().strip('"').strip()


def parse(text):
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    text = re.sub(r"\\\s*\n", " ", text)
    stack, at = [Group("file", "")], 0
    while True:
        m = STATEMENT.match(text, at)
        if not m:
            if text[at:].strip():
                line = text.count("\n", 0, at) + 1
                raise ValueError(f"not Liberty near line {line}: {text[at:at + 40].strip()!r}")
            break
        at = m.end()
        top = stack[-1]
        if m["close"]:
            if len(stack) == 1:
                raise ValueError("a '}' without its '{'")
            stack.pop()
        elif m["args"] is None:
            top.attrs[m["name"]] = unquoted(m["value"])
        elif m["open"] == "{":
            group = Group(m["name"], unquoted(m["args"]))
            top.groups.append(group)
            stack.append(group)
        else:
            top.lists[m["name"]] = m["args"]
    libraries = stack[0].all("library")
    if len(stack) != 1 or len(libraries) != 1:
        raise ValueError("expected one library (...) { ... }")
    return libraries[0]


def numbers(text):
    return [float(x) for x in re.findall(r"[-+0-9.eE]+", text)]


class Table:
    """Values over input transition and load; one axis or none is a constant along the other."""

    def __init__(self, group, templates, units):
        template = templates.get(group.args)
        axes = []
        for i in "1", "2":
            points = group.lists.get(f"index_{i}") or (template and template.lists.get(f"index_{i}"))
            if points:
                by_load = template and "capacitance" in template.get(f"variable_{i}", "")
                scale = units["fF"] if by_load else units["ns"]
                axes.append((bool(by_load), [x * scale for x in numbers(points)]))
        self.axes, self.values = axes, numbers(group.lists["values"])

    def at(self, slew, load):
        values, axes = self.values, self.axes
        for by_load, points in reversed(axes):
            x = min(max(load if by_load else slew, points[0]), points[-1])
            i = max(min(bisect.bisect_right(points, x) - 1, len(points) - 2), 0)
            n = len(points)
            if n == 1:
                values = values[::1]
                continue
            f = (x - points[i]) / (points[i + 1] - points[i])
            values = [
                values[k + i] * (1 - f) + values[k + i + 1] * f for k in range(0, len(values), n)
            ]
        return values[0]


class Pin:
    def __init__(self, group, templates, units):
        self.name, self.direction = group.args, group.get("direction", "internal")
        self.function = group.get("function")
        self.fF = float(group.get("capacitance", 0)) * units["fF"]
        self.clock = group.get("clock") == "true" or group.get("clock_gate_clock_pin") == "true"
        self.gate = next((k for k in ("clock", "enable", "test", "out")
                          if group.get(f"clock_gate_{k}_pin") == "true"), None)
        # Per condition: the pin that it is related to, and tables of a rising and a falling edge.
        self.powers = [
            (p.get("related_pin"), [(Table(g, templates, units), units["fJ"])
                                    for g in p.all("rise_power", "fall_power")])
            for p in group.all("internal_power")
        ]
        self.transitions, self.delays = [], []
        for timing in group.all("timing"):
            if timing.get("timing_type", "combinational").startswith(
                ("combinational", "rising_edge", "falling_edge")):
                for names, to in ((("rise_transition", "fall_transition"), self.transitions),
                                  (("cell_rise", "cell_fall"), self.delays)):
                    to += [(Table(g, templates, units), units["ns"]) for g in timing.all(*names)]

    def mean(self, tables, slew, load):
        return sum(t.at(slew, load) * scale for t, scale in tables) / len(tables) if tables else 0.0

    def energy(self, slew, load, related=None):
        """fJ inside the cell per transition: the mean of rise and fall, over all conditions, or
        over those of a transition that pin `related` causes."""
        means = [self.mean(tables, slew, load) for pin, tables in self.powers
                 if tables and (related is None or pin is None or related in pin.split())]
        return sum(means) / len(means) if means else 0.0


class Cell:
    def __init__(self, group, templates, units):
        self.name, self.area = group.args, float(group.get("area", 0))
        self.unusable = group.get("dont_use") == "true"
        self.gating = group.get("clock_gating_integrated_cell")
        self.pins = [Pin(p, templates, units) for p in group.all("pin")]
        self.state = next(iter(group.all("ff", "latch")), None)
        leakage = [float(g.get("value", 0)) for g in group.all("leakage_power")]
        self.uW = units["uW"] * float(
            group.get("cell_leakage_power", sum(leakage) / len(leakage) if leakage else 0))

    def pin(self, name):
        return next(p for p in self.pins if p.name == name)

    def inputs(self):
        return [p for p in self.pins if p.direction == "input"]

    def outputs(self):
        return [p for p in self.pins if p.direction == "output"]


def unit(text, table):
    m = re.match(r"([0-9.]+)\s*([a-zA-Z]+)", text)
    return float(m[1]) * table[m[2].lower()]


class Library:
    def __init__(self, text):
        top = parse(text)
        cap = top.lists["capacitive_load_unit"].split(",")
        volts = float(top.get("nom_voltage"))
        units = {
            "ns": unit(top.get("time_unit", "1ns"), {"ns": 1, "ps": 1e-3}),
            "fF": float(cap[0]) * {"ff": 1, "pf": 1e3}[unquoted(cap[1]).lower()],
            "uW": unit(top.get("leakage_power_unit", "1nW"),
                       {"pw": 1e-6, "nw": 1e-3, "uw": 1, "mw": 1e3}),
        }
        # Internal energies are in capacitance unit x voltage unit^2.
        units["fJ"] = units["fF"] * unit(top.get("voltage_unit", "1V"), {"v": 1, "mv": 1e-3}) ** 2
        templates = {g.args: g for g in top.all("lu_table_template", "power_lut_template")}
        self.name, self.volts = top.args, volts
        self.cells = {g.args: Cell(g, templates, units) for g in top.all("cell")}

    def cheapest(self, wanted, what):
        found = [c for c in self.cells.values() if wanted(c)]
        if not found:
            raise ValueError(f"library {self.name} has no {what}")
        return sorted(found, key=lambda c: (c.area, c.name))

    def of_function(self, pattern, what):
        return self.cheapest(
            lambda c: not c.unusable and not c.state and len(c.inputs()) == pattern.count("#") and
            len(c.outputs()) == 1 and c.outputs()[0].function and
            re.sub(r"[A-Za-z]\w*", "#", re.sub(r"[\s()\"]", "", c.outputs()[0].function)) in
            (pattern, pattern.lstrip("!") + "'" if pattern[0] == "!" else pattern), what)

    def inverters(self):
        return self.of_function("!#", "inverter")

    def buffers(self):
        return self.of_function("#", "buffer")

    def nand2(self):
        return self.cheapest(
            lambda c: not c.unusable and len(c.inputs()) == 2 and len(c.outputs()) == 1 and
            re.sub(r"[\s()]", "", verilog(c.outputs()[0].function or "")) ==
            "~" + "&".join(p.name for p in c.inputs()), "NAND2")[0]

    def gate(self):
        """The smallest clock gate for rising edges."""
        return self.cheapest(lambda c: (c.gating or "").startswith("latch_posedge") and
                             "postcontrol" not in c.gating and "obs" not in c.gating,
                             "latch-based clock gate")[0]

    def ties(self):
        """Cell and pin of the constants 1 and 0; None where a library has none."""
        found = []
        for value in "1", "0":
            cells = [c for c in self.cells.values() if not c.inputs() and len(c.outputs()) == 1 and
                     c.outputs()[0].function == value]
            if not cells:
                return None
            found.append((cells[0].name, cells[0].outputs()[0].name))
        return found

    def fo4_ns(self):
        cell = self.inverters()[0]
        out, load = cell.outputs()[0], 4 * cell.inputs()[0].fF
        slew = 0.02
        for _ in range(8):
            slew = out.mean(out.transitions, slew, load)
        return out.mean(out.delays, slew, load)


def verilog(function):
    """A Liberty expression as Verilog: ! and ' negate, a blank is a conjunction."""
    tokens = re.findall(r"[A-Za-z_]\w*|[01]|[()!'*&+|^]", function)
    at = 0

    def peek():
        return tokens[at] if at < len(tokens) else None

    def atom():
        nonlocal at
        token = peek()
        if token is None:
            raise ValueError(f"unfinished function '{function}'")
        at += 1
        if token == "!":
            text = "~" + atom()
        elif token == "(":
            text = "(" + disjunction() + ")"
            at += 1
        else:
            text = {"0": "1'b0", "1": "1'b1"}.get(token, token)
        while peek() == "'":
            at += 1
            text = "(~" + text + ")"
        return text

    def exclusive():
        nonlocal at
        text = atom()
        while peek() == "^":
            at += 1
            text = f"({text} ^ {atom()})"
        return text

    def conjunction():
        nonlocal at
        parts = [exclusive()]
        while peek() is not None and peek() not in ")+|":
            if peek() in "*&":
                at += 1
            parts.append(exclusive())
        return " & ".join(parts) if len(parts) == 1 else "(" + " & ".join(parts) + ")"

    def disjunction():
        nonlocal at
        parts = [conjunction()]
        while peek() in ("+", "|"):
            at += 1
            parts.append(conjunction())
        return parts[0] if len(parts) == 1 else "(" + " | ".join(parts) + ")"

    return disjunction() if tokens else ""


def model(cell):
    """The cell as a Verilog module. Its state starts at 0, so that a netlist holds no unknowns."""
    pins = [p for p in cell.pins if p.direction in ("input", "output")]
    out = [f"module {cell.name} ({', '.join(p.name for p in pins)});"]
    out += [f"  {p.direction} {p.name};" for p in pins]
    if cell.gating:
        role = {p.gate: p.name for p in pins}
        test = f" | {role['test']}" if "test" in role else ""
        out += ["  reg held = 1'b0;",
                f"  always @* if (!{role['clock']}) held <= {role['enable']}{test};",
                f"  assign {role['out']} = {role['clock']} & held;"]
    elif cell.state:
        s = cell.state
        names = [unquoted(x) for x in s.args.replace('"', "").split(",")]
        out += [f"  reg {names[0]} = 1'b0;", f"  wire {names[1]} = ~{names[0]};"]
        clear, preset = (verilog(s.get(k, "0")) for k in ("clear", "preset"))
        out += [f"  wire clear_ = {clear}, preset_ = {preset};"]
        key, data = ("clocked_on", "next_state") if s.name == "ff" else ("enable", "data_in")
        clock, value = verilog(s.get(key)), verilog(s.get(data))
        out += [f"  wire clock_ = {clock};"]
        take = f"if (clear_) {names[0]} <= 1'b0; else if (preset_) {names[0]} <= 1'b1; else "
        if s.name == "ff":
            out += [f"  always @(posedge clock_ or posedge clear_ or posedge preset_) {take}"
                    f"{names[0]} <= {value};"]
        else:
            out += [f"  always @* {take}if (clock_) {names[0]} <= {value};"]
    if not cell.gating:
        out += [f"  assign {p.name} = {verilog(p.function)};" for p in pins
                if p.direction == "output" and p.function]
    return "\n".join([*out, "endmodule\n"])
