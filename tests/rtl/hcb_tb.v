// Plays a trace (tests/rtl/trace.c) into a decoder and compares what it answers in every cycle. One
// line per cycle, four hexadecimal numbers: what is driven and expected as bits of `op`, `arg` (number
// of codes with start, dictionary address, or symbols expected), `data` (dictionary word or input
// word), `want` (output). The dictionary decoder, or with -DHUFFMAN, -DTANS or -DRLC another one, whose
// tables are loaded like a dictionary; -DNETLIST: as gates. Last line of its own output: "cycles N streams N outputs N differences N".
`timescale 1ns / 1ps
module hcb_tb;
	parameter SHIFT    = 0;
	parameter W        = 64;
	parameter D        = 16;
	parameter G        = 1;
	parameter B        = 8;
	parameter LONG     = 12; // Huffman's longest code, tANS's LOG, run bits
	parameter MEMORY   = 0;
	parameter GATED    = 0;
	parameter ROM_FILE = "";

`ifdef HUFFMAN
	localparam LOAD  = LONG + B;
	localparam ABITS = (B > $clog2(LONG + 1) ? B : $clog2(LONG + 1)) + 1;
`elsif TANS
	localparam LOAD  = B + $clog2(LONG + 1) + LONG;
	localparam ABITS = LONG;
`elsif RLC
	localparam LOAD  = 1;
	localparam ABITS = 1;
`else
	localparam LOAD  = G * B;
	localparam ABITS = D > 1 ? $clog2(D) : 1;
`endif
	localparam WIDE  = W > LOAD ? W : LOAD;

	reg  [7:0]      op, next_op;
	reg  [31:0]     arg, next_arg;
	reg  [WIDE-1:0] data, next_data;
	reg  [G*B-1:0]  want, next_want, mask;
	reg             clk;
	integer         fd, n, streams, cycles, outputs, differences;

	// Bits of op. The last two are expectations.
	wire rst = op[7], start = op[6], dict_we = op[5], in_valid = op[4], out_ready = op[3];
	wire busy_expected = op[2], in_ready_expected = op[1], out_valid_expected = op[0];

	wire                     in_ready, out_valid, busy;
	wire [G*B-1:0]           out_data;
	wire [$clog2(G+1)-1:0]   out_count;

`ifdef HUFFMAN
	hcb_huffman_decoder
`elsif TANS
	hcb_tans_decoder
`elsif RLC
	hcb_rlc_decoder
`else
	hcb_dict_decoder
`endif
`ifndef NETLIST
`ifdef HUFFMAN
	#(.W(W), .LONG(LONG), .B(B), .MEMORY(MEMORY), .GATED(GATED))
`elsif TANS
	#(.W(W), .LOG(LONG), .B(B), .MEMORY(MEMORY), .GATED(GATED))
`elsif RLC
	#(.W(W), .RUN(LONG), .B(B), .GATED(GATED))
`else
	#(.SHIFT(SHIFT), .W(W), .D(D), .G(G), .B(B), .MEMORY(MEMORY), .GATED(GATED),
	  .ROM_FILE(ROM_FILE))
`endif
`endif
	dut (
		.clk(clk), .rst(rst), .start(start), .n_codes(arg[27:0]), .dict_we(dict_we),
		.dict_addr(arg[ABITS-1:0]), .dict_data(data[LOAD-1:0]), .in_valid(in_valid),
		.in_ready(in_ready), .in_data(data[W-1:0]), .out_valid(out_valid),
		.out_ready(out_ready), .out_data(out_data), .out_count(out_count), .busy(busy));

	// The next cycle's inputs change just after its clock edge, as those from registers do.
	task drive;
		begin
			n = $fscanf(fd, "%h %h %h %h\n", next_op, next_arg, next_data, next_want);
			if (n == 4) begin
				op   <= next_op;
				arg  <= next_arg;
				data <= next_data;
				want <= next_want;
			end
		end
	endtask

	// Before the first reset nothing is known. While the dictionary is loaded the decoder idles.
	task compare;
		begin
			mask = ~({G*B{1'b1}} >> arg * B);
			if (!rst && (busy !== busy_expected || in_ready !== in_ready_expected ||
			    out_valid !== out_valid_expected || (out_valid_expected && !start &&
			    (out_count !== arg || (out_data & mask) !== (want & mask))))) begin
				differences = differences + 1;
				if (differences <= 5)
					$display("cycle %0d: op %h, in_ready %b out_valid %b busy %b: %0d %h, want %0d %h",
					         cycles, op, in_ready, out_valid, busy, out_count, out_data,
					         arg, want);
			end
			cycles = cycles + 1;
			streams = streams + start;
			outputs = outputs + (out_valid_expected && out_ready);
		end
	endtask

	// +dump=FILE: changes of the decoder's own nets from the first start on.
	reg [8*512-1:0] dump;
	reg             dumps;
	initial begin
		dumps = $value$plusargs("dump=%s", dump);
		clk = 0;
		streams = 0;
		cycles = 0;
		outputs = 0;
		differences = 0;
		fd = $fopen("/dev/stdin", "r");
		drive;
		while (n == 4) begin
			#5 compare;
			if (dumps && start && streams == 1) begin
				$dumpfile(dump);
				$dumpvars(1, dut);
			end
			clk = 0;
			#5 clk = 1;
			drive;
		end
		$display("cycles %0d streams %0d outputs %0d differences %0d", cycles, streams,
		         outputs, differences);
		$finish(0);
	end
endmodule
