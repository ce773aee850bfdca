// Second stage of the dictionary decoder. On `move` it takes a beat: q is the dictionary's word at
// `addr` if `hit`, otherwise `raw`, from the next clock edge until the next move.
//   MEMORY 0  flip-flops, written through the load port; multiplexer tree before the output register
//   MEMORY 1  constants of ROM_FILE ($readmemh, D lines); the same tree, folded by synthesis
//   MEMORY 2  synchronous SRAM, one port: written while idle; the edge that would take the word into
//             the output register takes the address instead, so every cycle is as with flip-flops
module hcb_dictionary #(
	parameter D        = 16,
	parameter ABITS    = 4,
	parameter WIDTH    = 8,
	parameter MEMORY   = 0,
	parameter GATED    = 0,
	parameter ROM_FILE = ""
) (
	input  wire             clk,
	input  wire             we,
	input  wire [ABITS-1:0] write_addr,
	input  wire [WIDTH-1:0] write_data,
	input  wire             move,
	input  wire             hit,
	input  wire [ABITS-1:0] addr,
	input  wire [WIDTH-1:0] raw,
	output wire [WIDTH-1:0] q
);
	localparam LEAVES = 1 << ABITS;

	genvar i, depth;
	generate
		if (MEMORY == 2) begin : sram
			wire [WIDTH-1:0] word, bits;
			wire             from_word;

			hcb_sram #(.D(D), .ABITS(ABITS), .WIDTH(WIDTH)) macro (
				.clk(clk), .enable(we || (move && hit)), .we(we),
				.addr(we ? write_addr : addr), .d(write_data), .q(word));
			hcb_bank #(.WIDTH(WIDTH), .GATED(GATED)) raws (
				.clk(clk), .enable(move && !hit), .d(raw), .q(bits));
			hcb_bank #(.WIDTH(1), .GATED(GATED)) which (
				.clk(clk), .enable(move), .d(hit), .q(from_word));
			assign q = from_word ? word : bits;
		end else begin : cells
			// A binary tree: node 1 is the root, nodes LEAVES.. the entries.
			wire [WIDTH-1:0] node [1:2*LEAVES-1];

			if (MEMORY == 1) begin : rom
				reg [WIDTH-1:0] content [0:D-1];
				initial $readmemh(ROM_FILE, content);
				for (i = 0; i < LEAVES; i = i + 1) begin : leaf
					if (i < D)
						assign node[LEAVES + i] = content[i];
					else
						assign node[LEAVES + i] = {WIDTH{1'b0}};
				end
			end else begin : ff
				// Gates of two levels: without a load no clock reaches the entries' own.
				wire load;
				if (GATED)
					hcb_clock_gate root (.clk(clk), .enable(we), .gated(load));
				else
					assign load = clk;
				for (i = 0; i < LEAVES; i = i + 1) begin : leaf
					if (i < D)
						hcb_bank #(.WIDTH(WIDTH), .GATED(GATED)) entry (
							.clk(load), .enable(we && write_addr == i),
							.d(write_data), .q(node[LEAVES + i]));
					else
						assign node[LEAVES + i] = {WIDTH{1'b0}};
				end
			end
			for (depth = 0; depth < ABITS; depth = depth + 1) begin : level
				for (i = 1 << depth; i < 2 << depth; i = i + 1) begin : mux
					assign node[i] =
						addr[ABITS-1-depth] ? node[2 * i + 1] : node[2 * i];
				end
			end
			hcb_bank #(.WIDTH(WIDTH), .GATED(GATED)) out (
				.clk(clk), .enable(move), .d(hit ? node[1] : raw), .q(q));
		end
	endgenerate
endmodule

// A macro in silicon: synthesis leaves it out, its area and energy come from a memory compiler.
module hcb_sram #(
	parameter D     = 16,
	parameter ABITS = 4,
	parameter WIDTH = 8
) (
	input  wire             clk,
	input  wire             enable,
	input  wire             we,
	input  wire [ABITS-1:0] addr,
	input  wire [WIDTH-1:0] d,
	output reg  [WIDTH-1:0] q
);
	reg [WIDTH-1:0] content [0:D-1];

	always @(posedge clk)
		if (enable) begin
			if (we)
				content[addr] <= d;
			else
				q <= content[addr];
		end
endmodule
