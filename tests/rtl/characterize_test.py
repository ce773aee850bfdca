#!/usr/bin/python3
"""scripts/characterize_decoder on a library and a netlist small enough to add up by hand."""
import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
import liberty

loader = importlib.machinery.SourceFileLoader("tool", str(SCRIPTS / "characterize_decoder"))
tool = importlib.util.module_from_spec(importlib.util.spec_from_loader("tool", loader))
loader.exec_module(tool)

# 1 V, so 1 fF moved is 0.5 fJ; internal energies are fJ, leakages nW.
LIBRARY = """
/* comment { */
library (tiny) {
  time_unit : "1ns"; voltage_unit : "1V"; leakage_power_unit : "1nW"; nom_voltage : 1.0;
  capacitive_load_unit (1, ff);
  power_lut_template (grid) {
    variable_1 : input_transition_time; variable_2 : total_output_net_capacitance;
    index_1 ("0, 1"); index_2 ("0, 10");
  }
  cell (INV) {
    area : 1; cell_leakage_power : 2000;
    pin (A) { direction : input; capacitance : 2; }
    pin (Y) { direction : output; function : "!A";
      internal_power () { related_pin : "A";
        rise_power (grid) { values ("1, 1", \\
                                    "1, 1"); }
        fall_power (scalar) { values ("3"); } }
      timing () { related_pin : "A"; cell_rise (scalar) { values ("0.1"); }
        rise_transition (scalar) { values ("0.2"); } } }
  }
  cell (NAND) {
    area : 2;
    pin (A) { direction : input; } pin (B) { direction : input; }
    pin (Y) { direction : output; function : "!(A B)"; }
  }
  cell (SLOPE) {
    area : 1;
    pin (A) { direction : input; capacitance : 2; }
    pin (Y) { direction : output; function : "A";
      internal_power () { related_pin : "A";
        rise_power (grid) { values ("1, 2", "3, 8"); } fall_power (grid) { values ("0, 0", "0, 0"); } } }
  }
  cell (DFF) {
    area : 5; cell_leakage_power : 1000;
    ff (IQ, IQN) { clocked_on : "CK"; next_state : "D"; clear : "!RN"; }
    pin (CK) { direction : input; clock : true; capacitance : 1;
      internal_power () { rise_power (scalar) { values ("4"); } fall_power (scalar) { values ("6"); } } }
    pin (D) { direction : input; capacitance : 3; }
    pin (RN) { direction : input; capacitance : 1; }
    pin (Q) { direction : output; function : "IQ";
      internal_power () { related_pin : "CK"; rise_power (scalar) { values ("10"); } }
      internal_power () { related_pin : "RN"; fall_power (scalar) { values ("1000"); } } }
    pin (QN) { direction : output; function : "IQN";
      internal_power () { related_pin : "CK"; rise_power (scalar) { values ("500"); } } }
  }
  cell (ICG) {
    area : 3; clock_gating_integrated_cell : "latch_posedge"; dont_use : true;
    pin (C) { direction : input; capacitance : 1; clock_gate_clock_pin : true; }
    pin (E) { direction : input; capacitance : 1; clock_gate_enable_pin : true; }
    pin (G) { direction : output; clock_gate_out_pin : true; }
  }
}
"""


def module(cells, nets, ports):
    return {
        "cells": {f"c{i}": {"type": t, "connections": {k: [b] for k, b in pins.items()},
                            "attributes": {"dictionary": "1"} if d else {}}
                  for i, (t, pins, d) in enumerate(cells)},
        "netnames": {n: {"bits": b} for n, b in nets.items()},
        "ports": {n: {"bits": nets[n]} for n in ports},
    }


def near(got, want, what):
    assert abs(float(got) - want) < 1e-3 * abs(want) + 1e-12, f"{what}: {got}, expected {want}"


def test_library():
    lib = liberty.Library(LIBRARY)
    assert sorted(lib.cells) == ["DFF", "ICG", "INV", "NAND", "SLOPE"]
    # In the middle of four corners: (1 + 2 + 3 + 8) / 4, with a fall of 0 half of it; at the edges
    # of the table it goes on as there.
    slope = lib.cells["SLOPE"].pin("Y")
    near(slope.energy(0.5, 5), 3.5 / 2, "middle")
    near(slope.energy(9, 99), 4, "beyond the table")
    near(slope.energy(0, 5), 1.5 / 2, "between loads")
    assert lib.inverters()[0].name == "INV" and lib.buffers()[0].name == "SLOPE"
    assert lib.gate().name == "ICG" and lib.nand2().name == "NAND"
    near(lib.fo4_ns(), 0.1, "FO4")


def test_functions():
    for text, want in (("!A", "~A"), ("A'", "(~A)"), ("A B", "(A & B)"), ("!(A+B)", "~((A | B))"),
                       ("A*B+!C^D", "((A & B) | (~C ^ D))"), ("0", "1'b0")):
        assert liberty.verilog(text) == want, (text, liberty.verilog(text))
    for bad in ("library (x) { cell (y) { area : 1;", "}", "library (x) { ; }", "cell (x) { }"):
        try:
            liberty.Library(bad)
        except (ValueError, KeyError, AttributeError):
            continue
        raise AssertionError(f"accepted {bad!r}")


def test_energy():
    """A flop of the dictionary drives an inverter, which drives the port: 10 codes, clock of 100
    edges, Q changes 20 times.
      dict_clock  100 x 1 fF / 2 = 50; own 5 for each edge but the 20 with Q: 400 -> 450 fJ
      dict_logic  D changes 30 times x 3 fF / 2 = 45; Q inside 20 x 10 = 200     -> 245 fJ
      logic       A changes 20 times x 2 fF / 2 = 20; Y inside 20 x 2 = 40       ->  60 fJ
      wires       (100 + 30 + 20) x 1.5 / 2 = 112.5 fJ
      leakage     3 uW x 2 ns x 50 cycles = 300 fJ
    QN drives nothing and does not count."""
    net = tool.Netlist(module(
        [("DFF", {"CK": 2, "D": 3, "RN": "1", "Q": 4, "QN": 7}, True),
         ("INV", {"A": 4, "Y": 5}, False)],
        {"clk": [2], "d": [3], "q": [4], "y": [5], "qn": [7]}, ["clk", "d", "y"]),
        liberty.Library(LIBRARY))
    e = net.energy({("clk", 0): 100, ("d", 0): 30, ("q", 0): 20, ("y", 0): 20, ("qn", 0): 20}, 10, 2.0)
    near(e["dict_clock_pj"], 0.045, "dict_clock")
    near(e["dict_logic_pj"], 0.0245, "dict_logic")
    near(e["logic_pj"], 0.006, "logic")
    near(e["clock_pj"], 0, "clock")
    near(e["leakage_pj"], 0.03, "leakage")
    near(e["pj_code"], 0.045 + 0.0245 + 0.006 + 0.03, "sum")
    near(e["wires_pj"], 0.01125, "wires")
    assert net.area() == {"cells": 2, "flops": 1, "area_um2": "6.0", "flop_area_pct": "83.3",
                          "nand2_eq": "3"}


def test_changes():
    with tempfile.NamedTemporaryFile("w", suffix=".vcd") as f:
        f.write("$var wire 1 ! \\a.b[0] $end\n$var reg 3 # v [2:0] $end\n$dumpvars\nx!\nb101 #\n"
                "#5\n1!\nb11 #\n#6\n0!\n#7\n1!\nbx0x #\n#8\nb1 #\n")
        f.flush()
        # a: x 1 0 1, two changes. v: 101, 011, x0x, 001: bit 0 none, bit 1 0 1 0 0, bit 2 1 0 x 0.
        assert tool.toggles(f.name) == {("a.b[0]", 0): 2, ("v", 1): 2, ("v", 2): 1}, (
            tool.toggles(f.name))


for test in test_library, test_functions, test_energy, test_changes:
    test()
print("passed")
