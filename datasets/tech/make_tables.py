#!/usr/bin/env python3
"""Writes the technology tables beside this file from a folder of reference facts.

usage: make_tables.py REFERENCE_DIR

REFERENCE_DIR holds cacti_sram.csv, horowitz45.csv, dram_energy.csv and decoder_synth.csv. The tables
are committed; run this only to regenerate them.
"""
import csv
import math
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS = ["action", "width_bits", "capacity_bytes", "energy_pj", "source"]

CACTI = "CACTI 7.0, HewlettPackard/cacti commit 1ffd8dfb, ram, 1 read-write port, {} {} nm, 360 K"
HOROWITZ = "Horowitz, ISSCC 2014, doi 10.1109/ISSCC.2014.6757323, 45 nm, 0.9 V"
ACCELERGY = "Accelergy-Project/accelergy-cacti-plug-in commit 291018b1, constant table: {}, {}"
ZIGZAG = "KULeuven-MICAS/zigzag inputs/hardware/gemm_l1_l3.yaml: {}, called typical"
EYERISS = (
    "Eyeriss: 200 MHz core clock, Chen et al., ISSCC 2016, doi 10.1109/ISSCC.2016.7418007 (65 nm); kept "
    "at every node and device class: CACTI's memories cycle in 5 ns or less, but for 7 of 2 to 8 MiB "
    "with ports of 128 or 256 bits in 45 and 32 nm lstp"
)
RING = (
    "least-squares fit to decoder_synth.csv (ring, not clock-gated, Nangate45 typical 1.1 V, zero "
    "delay, no wires): mean error 4.2 %, max 11.5 %"
)

SHIFT = (
    "least-squares fit to decoder_synth.csv (shift-insert, not clock-gated, Nangate45 typical 1.1 V, "
    "zero delay, no wires; W 64 but for two points, D G b up to 2048): mean error 4.8 %, max 18.7 %"
)

# Of the other decoders there is a synthesis with IHP SG13G2 only: its table's own rows that are not gated,
# scaled. Least squares of relative errors, no negative coefficient but base.
IHP = (
    "least-squares fit to decoder_sg13g2_stdcell_typ_1p20V_25C.csv ({}, not clock-gated, tables in "
    "flip-flops, zero delay, no wires): mean error {} %, max {} %; IHP SG13G2 130 nm, 1.2 V, scaled by "
    "C V^2 (divided by 3.44) to 45 nm, 1.1 V. The ring of that synthesis, scaled the same way, is 4.13 pJ "
    "at W=64, D=16, G=1, b=8, its row here 3.91 pJ"
)

# pJ per codeword = base + port_bit W + window_bit ML + dict_bit D G b
FITS = {
    "ring": (RING, {"base": -0.033, "port_bit": 0.0319, "window_bit": 0.0512, "dict_bit": 0.01124}),
    "shift": (SHIFT, {"base": -0.214, "port_bit": 0.0395, "window_bit": 0.0695, "dict_bit": 0.01147}),
    "huffman": (
        IHP.format("huffman", 0.4, 1.0),
        {"base": -0.0394, "port_bit": 0.02834, "window_bit": 0.06931, "dict_bit": 0.01066},
    ),
    "tans": (
        IHP.format("tans", 1.1, 3.0),
        {"base": -0.5413, "port_bit": 0.02497, "window_bit": 0.201, "dict_bit": 0.01063},
    ),
    "rlc": (
        IHP.format("rlc, symbols of one network", 8.0, 20.2),
        {"base": -0.172, "port_bit": 0.0349, "window_bit": 0.0462, "dict_bit": 0},
    ),
}

COEFFICIENTS = ["base", "port_bit", "window_bit", "dict_bit"]
SYNTH = "least-squares fit to decoder_synth.csv ({}, Nangate45 typical 1.1 V, zero delay): "
NOT_SCALED = "; kept from 45 nm at every node"
SG13G2 = (
    "least-squares fit to decoder_sg13g2_stdcell_typ_1p20V_25C.csv (IHP SG13G2, 130 nm, 1.2 V, "
    "{}, dictionary in flip-flops, no wires), divided by 3.44 (C V^2) for 45 nm: "
)

DEVICES = {
    "hp": "high performance",
    "lop": "low operating power",
    "lstp": "low standby power",
}
NODES = [45, 32, 22]
DRAM = {
    "LPDDR4": "lpddr4",
    "LPDDR2": "lpddr2",
    "DDR3": "ddr3",
    "GDDR5": "gddr5",
    "HBM2": "hbm2",
    "HMC": "hmc",
    "LPDDR5_read": "lpddr5",
}
OPERATIONS = ["int_mult", "int_add", "fp_mult", "fp_add"]


def read(reference, name):
    with open(reference / name, newline="") as f:
        return list(csv.DictReader(line for line in f if not line.startswith("#")))


def write(name, comment, rows):
    with open(HERE / name, "w", newline="") as f:
        f.writelines(f"# {line}\n" for line in comment)
        out = csv.writer(f, lineterminator="\n")
        out.writerow(COLUMNS)
        out.writerows(rows)


def stillmaker(node, volts):
    """Energy factor of a node, a V^2 + b V + c: Stillmaker and Baas, Integration 58, 2017, with the
    coefficients of Accelergy-Project/accelergy-library-plug-in scaling.py."""
    a, b, c = {
        45: (1.103, -0.362, 0.2767),
        32: (0.9559, -0.7823, 0.471),
        20: (0.373, -0.1582, 0.04104),
    }[node]
    return a * volts**2 + b * volts + c


def scaling(node, volts):
    """Energy at a node as a share of that at 45 nm. 22 nm: log-log between 32 and 20 nm."""
    if node == 22:
        share = math.log(32 / 22) / math.log(32 / 20)
        low, high = (stillmaker(n, volts) for n in (20, 32))
        return high * (low / high) ** share / stillmaker(45, volts)
    return stillmaker(node, volts) / stillmaker(45, volts)


def scaled(pj, source, node, volts):
    if node == 45:
        return pj, source
    factor = scaling(node, volts)
    between = " (log-log between 32 and 20 nm)" if node == 22 else ""
    how = f"; x {factor:.4f} for {node} nm at {volts} V: Stillmaker and Baas 2017, doi "
    return f"{float(pj) * factor:.4g}", source + how + f"10.1016/j.vlsi.2017.02.002{between}"


def sram_rows(reference, device, node):
    source = CACTI.format(device, node)
    for r in read(reference, "cacti_sram.csv"):
        if (r["tech_nm"], r["device"], r["temp_k"]) != (str(node), device, "360"):
            continue
        leakage = f"{float(r['leak_mw']) + float(r['gate_leak_mw']):.7g}"
        for action, value in (
            ("sram_leakage", leakage),
            ("sram_read", r["read_pj"]),
            ("sram_write", r["write_pj"]),
        ):
            yield action, r["width_bits"], r["capacity_bytes"], value, source


def operation_rows(reference, node):
    for r in read(reference, "horowitz45.csv"):
        if r["op"] in OPERATIONS:
            yield r["op"], r["bits"], "", *scaled(r["energy_pj"], HOROWITZ, node, 0.9)


def dram_rows(reference):
    for r in read(reference, "dram_energy.csv"):
        if r["type"] not in DRAM:
            continue
        template = ACCELERGY if r["row"] == "ACC" else ZIGZAG
        source = template.format(r["type"], r["named_source"])
        if r["type"] == "LPDDR4":
            yield "dram_bit", "", "", r["pj_per_bit"], source
        yield f"dram_bit_{DRAM[r['type']]}", "", "", r["pj_per_bit"], source


def solve(a, b):
    """x of a x = b, Gauss and Jordan with pivots."""
    m = [[*row, value] for row, value in zip(a, b)]
    n = len(m)
    for i in range(n):
        best = max(range(i, n), key=lambda r: abs(m[r][i]))
        m[i], m[best] = m[best], m[i]
        for r in range(n):
            if r != i:
                factor = m[r][i] / m[i][i]
                m[r] = [x - factor * y for x, y in zip(m[r], m[i])]
    return [m[i][n] / m[i][i] for i in range(n)]


def size(r):
    """1, W, ML, D G b of a synthesized decoder; of the others what src/hw/decoder_NAME.c says."""
    w, d, g, b = (int(r[k]) for k in "WDGb")
    if r["arch"] == "huffman":
        longest = max(d, b)
        return [1, w, longest, (b << b) + longest * (longest + 1) / 2 + (longest + 1) * b]
    if r["arch"] == "tans":
        return [1, w, d, (b + d + d.bit_length()) << d]
    if r["arch"] == "rlc":
        return [1, w, d + b, 0]
    return [1, w, min(w, 1 + max(g * b, math.ceil(math.log2(d)))), d * g * b]


def fit(rows, value, terms=4):
    """Coefficients that minimize the relative error, and a text with what is left of it."""
    x = [[f / value(r) for f in size(r)[:terms]] for r in rows]
    normal = [[sum(p[i] * p[j] for p in x) for j in range(terms)] for i in range(terms)]
    c = solve(normal, [sum(p[i] for p in x) for i in range(terms)]) + [0] * (4 - terms)
    error = [abs(sum(a * f for a, f in zip(c, size(r))) / value(r) - 1) for r in rows]
    mean, worst = 100 * sum(error) / len(error), 100 * max(error)
    return [f"{k:.4g}" for k in c], f"mean error {mean:.1f} %, max {worst:.1f} %"


PARTS = {"ring": ("2", "ring"), "shift": ("1", "shift-insert")}

ROM = (
    "ROM rows of decoder_synth.csv ({}, Nangate45 typical 1.1 V, zero delay, W 64, G 1, b 8): what D 256 takes "
    "beyond the fit without a dictionary, by its 2048 bits{}"
)
ROM_SPREAD = (
    "; {:.0f} % {} the row of D 16. It grows less than linearly: scaled, IHP SG13G2 takes 0.0015 pJ per bit of 128, "
    "0.0006 of 512, 0.0002 of 2048, 0.00007 of 8192 and 0.00004 of 32768 (docs/decoder.md)"
)
SRAM = (
    "SRAM of this table, read once per codeword, also for a raw word, which needs no read; the smallest priced "
    "is 8 KiB, an upper bound for smaller dictionaries; the register of raw words is not counted"
)


def part_rows(decoder, node):
    """What the energy per codeword is made of, what comes on top of it, and other decoders."""
    if decoder not in PARTS:
        yield from scaled_part_rows(decoder, node)
        return
    arch, title = PARTS[decoder]
    synth = [r for r in read(HERE, "decoder_synth.csv") if r["arch"] == arch and r["rom"] == "0"]
    synth = [r for r in synth if size(r)[3] <= 8192]
    sg13g2 = [
        r
        for r in read(HERE, "decoder_sg13g2_stdcell_typ_1p20V_25C.csv")
        if r["arch"] == decoder and r["memory"] == "ff" and r["gated"] == "0"
    ]
    not_gated = SYNTH.format(f"{title}, not clock-gated")
    gated = SYNTH.format(f"{title}, ideal clock gates per group of registers, clock of the gates not counted")
    for action, option, rows, terms, source, value in (
        ("_clock", "", synth, 3, not_gated + "clock outside the dictionary, ",
            lambda r: (float(r["fj_clock"]) - float(r["fj_dict_clock"])) / 1000),
        ("_wires", "", synth, 4, not_gated + "1.5 fF per fan-out, ", lambda r: float(r["fj_wire15"]) / 1000),
        ("_leakage", "", synth, 4, not_gated + "mW, ", lambda r: float(r["leak_uw"]) / 1000),
        ("", "_gated", synth, 4, gated, lambda r: float(r["fj_gated"]) / 1000),
        ("_clock", "_gated", synth, 1, gated + "gated clock, all registers, ",
            lambda r: (float(r["fj_gated"]) - float(r["fj_comb"])) / 1000),
        ("", "_sg13g2", sg13g2, 4, SG13G2.format(f"{title}, not clock-gated"), lambda r: float(r["pj_code"]) / 3.44),
        ("_clock", "_sg13g2", sg13g2, 3, SG13G2.format(f"{title}, not clock-gated") + "clock outside the dictionary, ",
            lambda r: float(r["clock_pj"]) / 3.44),
        ("_wires", "_sg13g2", sg13g2, 4, SG13G2.format(f"{title}, not clock-gated") + "1.5 fF per fan-out, ",
            lambda r: float(r["wires_pj"]) / 3.44),
    ):
        coefficients, error = fit(rows, value, terms)
        for name, pj in zip(COEFFICIENTS, coefficients):
            key = f"decoder_{decoder}{action}_{name}{option}"
            if action == "_leakage":
                yield key, "", "", pj, source + error + NOT_SCALED
            else:
                yield key, "", "", *scaled(pj, source + error, node, 1.1)


def per_nand2():
    """Leakage in uW per NAND2 equivalent of every decoder of decoder_synth.csv: mean, least, most."""
    leak = [float(r["leak_uw"]) / float(r["nand2_eq"]) for r in read(HERE, "decoder_synth.csv")]
    return sum(leak) / len(leak), min(leak), max(leak)


def scaled_part_rows(decoder, node):
    """The same of a decoder that was synthesised with SG13G2 only; its leakage by area, since that library's is of
    130 nm."""
    rows = [
        r
        for r in read(HERE, "decoder_sg13g2_stdcell_typ_1p20V_25C.csv")
        if r["arch"] == decoder and r["gated"] == "0"
    ]
    has_tables = decoder != "rlc"
    mean, least, most = per_nand2()
    by_area = (
        f"NAND2 equivalents of decoder_sg13g2_stdcell_typ_1p20V_25C.csv x {1000 * mean:.1f} nW, the mean of "
        f"decoder_synth.csv's decoders ({1000 * least:.1f} to {1000 * most:.1f}, Nangate45): mW, "
    )
    for action, terms, source, value in (
        ("_clock", 3, "clock of all registers, the share of those that hold no table, ",
            lambda r: (float(r["clock_pj"]) + float(r["dict_clock_pj"])) * (1 - size(r)[3] / float(r["flops"])) / 3.44),
        ("_wires", 4, "1.5 fF per fan-out, ", lambda r: float(r["wires_pj"]) / 3.44),
        ("_leakage", 4, "", lambda r: float(r["nand2_eq"]) * mean / 1000),
    ):
        coefficients, error = fit(rows, value, min(terms, 3 + has_tables))
        for name, pj in zip(COEFFICIENTS, coefficients):
            key = f"decoder_{decoder}{action}_{name}"
            if action == "_leakage":
                yield key, "", "", pj, "least-squares fit to " + by_area + error + NOT_SCALED
            else:
                text = SG13G2.format(f"{decoder}, not clock-gated").replace("dictionary", "tables")
                yield key, "", "", *scaled(pj, text + source + error, node, 1.1)


def dictionary_rows(decoder, parts, node):
    """The dictionary as a ROM, and in an SRAM, instead of flip-flops."""
    if decoder not in PARTS:
        return
    arch, title = PARTS[decoder]
    small, rom = (r for r in read(HERE, "decoder_synth.csv") if r["arch"] == arch and r["rom"] == "1")
    without = {action: sum(parts[action][c] * f for c, f in zip(COEFFICIENTS[:3], size(rom))) for action in parts}
    for action, column, unit in (("", "fj_symbol", 1000), ("_wires", "fj_wire15", 1000), ("_leakage", "leak_uw", 1000)):
        key = f"decoder_{decoder}{action}_rom_bit"
        pj = f"{(float(rom[column]) / unit - without[action]) / size(rom)[3]:.4g}"
        if action == "_leakage":
            yield key, "", "", pj, ROM.format(title, "; mW") + NOT_SCALED
        else:
            at_16 = (without[action] + float(pj) * size(small)[3]) / (float(small[column]) / unit) - 1
            spread = ROM_SPREAD.format(100 * abs(at_16), "below" if at_16 < 0 else "above") if not action else ""
            yield key, "", "", *scaled(pj, ROM.format(title, spread), node, 1.1)
    for n, option, source in (0, "", "flip-flops: D_dict_bit"), (1, "_rom", "ROM: D_rom_bit"), (2, "_sram", SRAM):
        yield f"decoder_{decoder}_dict_in{option}", "", "", n, source


def decoder_rows(node):
    for decoder, (source, fit) in FITS.items():
        for coefficient, pj in fit.items():
            yield f"decoder_{decoder}_{coefficient}", "", "", *scaled(pj, source, node, 1.1)
        rows = list(part_rows(decoder, node))
        yield from rows
        at_45 = {key: float(pj) for key, _, _, pj, _ in part_rows(decoder, 45)}
        parts = {
            part: {c: at_45.get(f"decoder_{decoder}{part}_{c}", fit[c]) for c in COEFFICIENTS}
            for part in ("", "_wires", "_leakage")
        }
        yield from dictionary_rows(decoder, parts, node)


def device_table(reference, node, short, long):
    rows = sorted(
        sram_rows(reference, f"itrs-{short}", node), key=lambda r: (r[0], int(r[1]), int(r[2]))
    )
    rows += [*operation_rows(reference, node), *dram_rows(reference), *decoder_rows(node)]
    rows.append(("clock_mhz", "", "", 200, EYERISS))
    comment = [
        f"{node} nm, SRAM of ITRS {long} devices (cells and periphery) at 360 K. One sram access",
        "moves width_bits; sram_leakage in mW, sub-threshold and gate. Operations: rough energies at",
        "0.9 V, good to one significant figure. Decoder: per codeword, at 1.1 V; its clock is in it, its",
        "wires come on top, and it leaks (mW). NAME+gated: with clock gates; NAME+sg13g2: of another",
        "library; NAME+rom, NAME+sram: with the dictionary in one. DRAM: literature constants; dram_bit is",
        "LPDDR4, NAME+TYPE takes another; 4-8 pJ/bit is the usual assumption for LPDDR4. Generated by",
        "make_tables.py.",
    ]
    write(f"{node}nm-{short}.csv", comment, rows)


def unit_table():
    source = "unit technology, by definition"
    rows = [
        (action, width, capacity, 1, source)
        for action in ("sram_read", "sram_write")
        for width in (32, 64, 128, 256)
        for capacity in (1, 1 << 40)
    ]
    rows += [(op, width, "", 1, source) for op in OPERATIONS for width in (8, 16, 32)]
    rows += [
        ("sram_leakage", width, capacity, 0, source)
        for width in (32, 64, 128, 256)
        for capacity in (1, 1 << 40)
    ]
    rows += [("dram_bit", "", "", 1, source), ("clock_mhz", "", "", 1000, source)]
    rows += [
        (f"decoder_{decoder}_{c}", "", "", int(c == "base"), source)
        for decoder, (_, fit) in FITS.items()
        for c in fit
    ]
    comment = [
        "The null technology: 1 pJ for every action, so that energies are counts. A codeword through",
        "a decoder costs 1 pJ whatever the decoder's size, and memories do not leak. Generated by",
        "make_tables.py.",
    ]
    write("unit.csv", comment, rows)


def synth_record(reference):
    lines = (reference / "decoder_synth.csv").read_text().splitlines()
    head = [line for line in lines if line.startswith("#")]
    table = [line for line in lines if not line.startswith("#")]
    keep = [line for line in table[1:] if line[1:].startswith(",nangate45_typ,")]
    note = "# Rows of Nangate45 only: the record behind the decoder_ring and decoder_shift prices."
    (HERE / "decoder_synth.csv").write_text("\n".join([*head, note, table[0], *keep]) + "\n")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    reference = pathlib.Path(sys.argv[1])
    for short, long in DEVICES.items():
        for node in NODES:
            device_table(reference, node, short, long)
    unit_table()
    synth_record(reference)


if __name__ == "__main__":
    main()
