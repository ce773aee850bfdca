// Decoder of the tANS code of src/codec/tans.c; src/hw/decoder_tans.c states what happens in each
// cycle. Ports as those of hcb_dict_decoder, one symbol of B bits at a time.
//
// Table, loaded while not busy: for each state - 2^LOG the entry {symbol, number of bits, base}, of B,
// ceil(log2(LOG + 1)) and LOG bits: the next state - 2^LOG is base + that many bits of the stream.
//
// W: a power of two, at least LOG.
module hcb_tans_decoder #(
	parameter W          = 64,
	parameter LOG        = 5,
	parameter B          = 4,
	parameter MEMORY     = 0, // of the table: 0 flip-flops, 2 SRAM
	parameter GATED      = 0,
	parameter COUNT_BITS = 28
) (
	input  wire                            clk,
	input  wire                            rst,
	input  wire                            start,
	input  wire [COUNT_BITS-1:0]           n_codes,
	input  wire                            dict_we,
	input  wire [LOG-1:0]                  dict_addr,
	input  wire [B+$clog2(LOG+1)+LOG-1:0]  dict_data,
	input  wire                            in_valid,
	output wire                            in_ready,
	input  wire [W-1:0]                    in_data,
	output reg                             out_valid,
	input  wire                            out_ready,
	output wire [B-1:0]                    out_data,
	output wire                            out_count,
	output wire                            busy
);
	localparam NB    = $clog2(LOG + 1);
	localparam ENTRY = B + NB + LOG;
	localparam LB    = $clog2(W) + 1;

	reg                   fresh; // the start state is to come
	reg  [COUNT_BITS-1:0] left;  // symbols
	wire [LOG-1:0]        window;
	wire                  enough;
	wire [ENTRY-1:0]      entry; // of the current state
	wire                  more    = fresh || left != 0;
	wire                  extract = more && (!out_valid || out_ready) && enough;

	wire [NB-1:0]  n_bits = fresh ? LOG : entry[LOG +: NB];
	wire [LB-1:0]  length = n_bits;
	wire [LOG-1:0] base   = fresh ? {LOG{1'b0}} : entry[LOG-1:0];
	wire [LOG-1:0] next   = base + (window >> (LOG - n_bits));

	hcb_stream #(.W(W), .ML(LOG), .GATED(GATED)) side (
		.clk(clk), .clear(rst || start), .in_valid(in_valid), .in_ready(in_ready),
		.in_data(in_data), .window(window), .length(length),
		.enough(enough), .take(extract));
	hcb_dictionary #(.D(1 << LOG), .ABITS(LOG), .WIDTH(ENTRY), .MEMORY(MEMORY), .GATED(GATED))
	table_i (
		.clk(clk), .we(dict_we), .write_addr(dict_addr), .write_data(dict_data),
		.move(extract), .hit(1'b1), .addr(next), .raw({ENTRY{1'b0}}), .q(entry));
	hcb_bank #(.WIDTH(B), .GATED(GATED)) out_bank (
		.clk(clk), .enable(extract && !fresh), .d(entry[ENTRY-1 -: B]), .q(out_data));

	always @(posedge clk)
		if (rst || start) begin
			fresh     <= !rst && n_codes != 0;
			left      <= rst ? {COUNT_BITS{1'b0}} : n_codes;
			out_valid <= 1'b0;
		end else begin
			if (extract) begin
				fresh <= 1'b0;
				if (!fresh)
					left <= left - 1'b1;
			end
			if (out_ready || (extract && !fresh))
				out_valid <= extract && !fresh;
		end
	assign out_count = 1'b1;
	assign busy = more || out_valid;
endmodule
