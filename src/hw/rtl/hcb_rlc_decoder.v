// Decoder of the run-length code of src/codec/rlc.c; src/hw/decoder_rlc.c states what happens in each
// cycle. Ports as those of hcb_dict_decoder, one symbol of B bits at a time; there is no table.
//
// W: a power of two, at least 64.
module hcb_rlc_decoder #(
	parameter W          = 64,
	parameter RUN        = 5,
	parameter B          = 8,
	parameter GATED      = 0,
	parameter COUNT_BITS = 28
) (
	input  wire                  clk,
	input  wire                  rst,
	input  wire                  start,
	input  wire [COUNT_BITS-1:0] n_codes,
	input  wire                  dict_we,
	input  wire                  dict_addr,
	input  wire                  dict_data,
	input  wire                  in_valid,
	output wire                  in_ready,
	input  wire [W-1:0]          in_data,
	output wire                  out_valid,
	input  wire                  out_ready,
	output wire [B-1:0]          out_data,
	output wire                  out_count,
	output wire                  busy
);
	localparam PAIR  = RUN + B;
	localparam PAIRS = 63 / PAIR;
	localparam LAST  = 64 - (PAIRS - 1) * PAIR; // bits left of a word at its last pair
	localparam LB    = $clog2(W) + 1;

	wire [PAIR-1:0]       window;
	wire                  enough, extract, move;
	wire [COUNT_BITS-1:0] left;

	reg            pending; // symbols of a pair are to come: zeros, then the level
	reg  [RUN-1:0] zeros;
	wire [B-1:0]   level;
	reg  [6:0]     rest; // bits of the word that are not taken yet

	wire [RUN-1:0] run  = window[PAIR-1 -: RUN];
	wire           last = rest == LAST || left == {{COUNT_BITS-RUN{1'b0}}, run} + 1'b1;
	wire [6:0]     pair = last ? rest : PAIR;
	wire [LB-1:0]  bits = pending ? 0 : pair;
	wire [B-1:0]   symbol = (pending ? zeros : run) != 0 ? {B{1'b0}} :
	                        pending ? level : window[B-1:0];

	hcb_stream #(.W(W), .ML(PAIR), .GATED(GATED)) side (
		.clk(clk), .clear(rst || start), .in_valid(in_valid), .in_ready(in_ready),
		.in_data(in_data), .window(window), .length(bits), .enough(enough),
		.take(extract));
	hcb_pipe #(.COUNT_BITS(COUNT_BITS)) pipe (
		.clk(clk), .rst(rst), .start(start), .n_codes(n_codes), .enough(enough),
		.out_ready(out_ready), .left(left), .extract(extract), .move(move),
		.s2_valid(out_valid), .busy(busy));

	wire [B-1:0] s1_symbol;
	hcb_bank #(.WIDTH(B), .GATED(GATED)) level_bank (
		.clk(clk), .enable(extract && !pending), .d(window[B-1:0]), .q(level));
	hcb_bank #(.WIDTH(B), .GATED(GATED)) s1_bank (
		.clk(clk), .enable(extract), .d(symbol), .q(s1_symbol));
	hcb_bank #(.WIDTH(B), .GATED(GATED)) s2_bank (
		.clk(clk), .enable(move), .d(s1_symbol), .q(out_data));

	always @(posedge clk)
		if (rst || start) begin
			pending <= 1'b0;
			rest    <= 7'd64;
		end else if (extract) begin
			pending <= (pending ? zeros : run) != 0;
			zeros   <= (pending ? zeros : run) - 1'b1;
			if (!pending)
				rest <= last ? 7'd64 : rest - PAIR;
		end
	assign out_count = 1'b1;
endmodule
