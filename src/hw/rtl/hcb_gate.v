// Clock gating, and registers with it or without.

// Latch-based gate: `enable` is taken while the clock is low, so `gated` has whole pulses only.
// Synthesis replaces this module by the library's own cell (scripts/characterize_decoder).
module hcb_clock_gate (
	input  wire clk,
	input  wire enable,
	output wire gated
);
	reg held;

	always @(clk or enable)
		if (!clk)
			held <= enable;
	assign gated = clk & held;
endmodule

// Register of WIDTH bits that takes d when enabled: by a gated clock, or by a feedback multiplexer
// on a clock that always runs.
module hcb_bank #(
	parameter WIDTH = 1,
	parameter GATED = 0
) (
	input  wire             clk,
	input  wire             enable,
	input  wire [WIDTH-1:0] d,
	output reg  [WIDTH-1:0] q
);
	generate
		if (GATED) begin : gate
			wire gated;

			hcb_clock_gate cell_i (.clk(clk), .enable(enable), .gated(gated));
			always @(posedge gated)
				q <= d;
		end else begin : mux
			always @(posedge clk)
				if (enable)
					q <= d;
		end
	endgenerate
endmodule
