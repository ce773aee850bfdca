// Decoder of the dictionary code of src/codec/dict.c: flag 1 and an index, or flag 0 and G raw
// symbols of B bits. Two stages behind the input side: an extracted beat, and the beat after the
// dictionary read. src/hw/decoder_ring.c and decoder_shift.c state what happens in each cycle.
//
// Both sides are valid-ready: a word moves in a cycle in which both are set; in_ready does not
// depend on in_valid, nor out_valid on out_ready. out_data holds out_count symbols, the first on
// top; what lies below them has no meaning. `start` gives the codes of the next stream and drops
// whatever is left of the one before; its first word may be taken in the cycle after. The dictionary
// is loaded while not busy. A code longer than W passes in beats.
//
// W: a power of two with 1 + index <= W and 1 + B <= W.
module hcb_dict_decoder #(
	parameter SHIFT      = 0, // input side: 0 two-word ring, 1 shift-insert buffer
	parameter W          = 64,
	parameter D          = 16,
	parameter G          = 1,
	parameter B          = 8,
	parameter MEMORY     = 0, // of the dictionary: 0 flip-flops, 1 ROM, 2 SRAM
	parameter GATED      = 0, // 1: clock gates, 0: enable multiplexers
	parameter COUNT_BITS = 28,
	parameter ROM_FILE   = ""
) (
	input  wire                                  clk,
	input  wire                                  rst,
	input  wire                                  start,
	input  wire [COUNT_BITS-1:0]                 n_codes,
	input  wire                                  dict_we,
	input  wire [(D > 1 ? $clog2(D) : 1)-1:0]    dict_addr,
	input  wire [G*B-1:0]                        dict_data,
	input  wire                                  in_valid,
	output wire                                  in_ready,
	input  wire [W-1:0]                          in_data,
	output wire                                  out_valid,
	input  wire                                  out_ready,
	output wire [G*B-1:0]                        out_data,
	output wire [$clog2(G+1)-1:0]                out_count,
	output wire                                  busy
);
	localparam INDEX = $clog2(D);
	localparam ABITS = D > 1 ? INDEX : 1;
	localparam RAW   = G * B;
	localparam LONG  = 1 + (RAW > INDEX ? RAW : INDEX);
	localparam ML    = LONG < W ? LONG : W;

	// How a raw code is cut. Symbols of its first beat, of each full one after it, of the last.
	localparam CUT      = 1 + RAW > W;
	localparam FIRST    = CUT ? (W - 1) / B : G;
	localparam MIDDLE   = CUT ? W / B : G;
	localparam N_MIDDLE = (G - FIRST) / MIDDLE;
	localparam LAST     = (G - FIRST) % MIDDLE;
	localparam AFTER    = N_MIDDLE + (LAST != 0 ? 1 : 0);
	localparam PBITS    = AFTER > 0 ? $clog2(AFTER + 1) : 1;
	localparam BEAT     = CUT ? MIDDLE * B : RAW; // raw bits of the longest beat
	localparam PAY      = BEAT > INDEX ? BEAT : INDEX;
	localparam CBITS    = $clog2(G + 1);

	// Input side. Beats by kind: 0 index, 1 raw or its first, 2 middle, 3 last.
	wire          clear = rst || start;
	wire [ML-1:0] window;
	wire [3:0]    enough, take;
	generate
		if (SHIFT) begin : shift
			hcb_shift #(.W(W), .ML(ML), .L0(1 + INDEX), .L1(1 + FIRST * B), .L2(MIDDLE * B),
			            .L3(LAST * B), .GATED(GATED)) side (
				.clk(clk), .clear(clear), .in_valid(in_valid), .in_ready(in_ready),
				.in_data(in_data), .window(window), .enough(enough), .take(take));
		end else begin : ring
			hcb_ring #(.W(W), .ML(ML), .L0(1 + INDEX), .L1(1 + FIRST * B), .L2(MIDDLE * B),
			           .L3(LAST * B), .GATED(GATED)) side (
				.clk(clk), .clear(clear), .in_valid(in_valid), .in_ready(in_ready),
				.in_data(in_data), .window(window), .enough(enough), .take(take));
		end
	endgenerate

	reg  [COUNT_BITS-1:0] left; // codes
	reg                   s1_valid, s2_valid;
	wire                  move = s1_valid && (!s2_valid || out_ready);
	wire                  more = left != 0;
	wire [3:0]            kind;
	wire                  extract = more && (!s1_valid || move) && |(kind & enough);
	wire                  ends; // this beat ends its code
	assign take = kind & {4{extract}};

	wire [PAY-1:0] payload;
	generate
		if (CUT) begin : cut
			reg  [PBITS-1:0] phase; // beats of this code still to come after its first
			wire             fresh = phase == 0;
			wire             tail  = phase == 1 && LAST != 0;
			wire [ML-1:0]    bare  = fresh ? {window[ML-2:0], 1'b0} : window;

			assign kind = {tail, !fresh && !tail, fresh && !window[ML-1],
			               fresh && window[ML-1]};
			assign ends = fresh ? window[ML-1] : phase == 1;
			assign payload = bare[ML-1 -: PAY];
			always @(posedge clk)
				if (clear)
					phase <= {PBITS{1'b0}};
				else if (extract)
					phase <= kind[1] ? AFTER : fresh ? {PBITS{1'b0}} : phase - 1'b1;
		end else begin : whole
			assign kind = {2'b00, !window[ML-1], window[ML-1]};
			assign ends = 1'b1;
			assign payload = window[ML-2:0];
		end
	endgenerate

	always @(posedge clk)
		if (clear) begin
			left     <= rst ? {COUNT_BITS{1'b0}} : n_codes;
			s1_valid <= 1'b0;
			s2_valid <= 1'b0;
		end else begin
			if (extract && ends)
				left <= left - 1'b1;
			if (extract || move)
				s1_valid <= extract;
			if (move || out_ready)
				s2_valid <= move;
		end

	// Stage 1: the kind and bits of a beat.
	wire [PAY-1:0] s1_payload;
	wire [3:0]     s1_kind, s2_kind;
	hcb_bank #(.WIDTH(PAY), .GATED(GATED)) s1_bank (
		.clk(clk), .enable(extract), .d(payload), .q(s1_payload));
	hcb_bank #(.WIDTH(4), .GATED(GATED)) s1_kinds (
		.clk(clk), .enable(extract), .d(kind), .q(s1_kind));

	// Stage 2. The raw bits share the dictionary's output register, except with an SRAM.
	wire [RAW-1:0]   s1_raw;
	wire [ABITS-1:0] s1_index = INDEX > 0 ? s1_payload[PAY-1 -: ABITS] : {ABITS{1'b0}};
	generate
		if (PAY >= RAW)
			assign s1_raw = s1_payload[PAY-1 -: RAW];
		else
			assign s1_raw = {s1_payload, {(RAW-PAY){1'b0}}};
	endgenerate
	hcb_dictionary #(.D(D), .ABITS(ABITS), .WIDTH(RAW), .MEMORY(MEMORY), .GATED(GATED),
	                 .ROM_FILE(ROM_FILE)) dictionary (
		.clk(clk), .we(dict_we), .write_addr(dict_addr), .write_data(dict_data),
		.move(move), .hit(s1_kind[0]), .addr(s1_index), .raw(s1_raw), .q(out_data));
	hcb_bank #(.WIDTH(4), .GATED(GATED)) s2_kinds (
		.clk(clk), .enable(move), .d(s1_kind), .q(s2_kind));

	wire [CBITS-1:0] whole_count = G, first_count = FIRST, middle_count = MIDDLE, last_count = LAST;
	assign out_count = !CUT || s2_kind[0] ? whole_count : s2_kind[1] ? first_count :
	                   s2_kind[2] ? middle_count : last_count;
	assign out_valid = s2_valid;
	assign busy = more || s1_valid || s2_valid;
endmodule
