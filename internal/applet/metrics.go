package applet

import (
	"errors"

	"github.com/spf13/cobra"

	"heartbeat/internal/api"
	"heartbeat/internal/api/metrics"
	"heartbeat/internal/node"
)

func metricsCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use: "metrics", Short: "the state of this node in numbers, for Prometheus",
		Long: `Prints the metrics of this node in the text format of Prometheus, once. When heartbeat does not run here, that is what it prints:
heartbeat_up 0. With a line "#!hb metrics ADDRESS:PORT" in ha.cf the node serves the same at http://ADDRESS:PORT/metrics by itself;
without it, a node exporter can collect what this command writes into a file. docs/metrics.md explains every name.

Exit codes: 0 printed, also when heartbeat does not run, 5 no permission.`,
		Example: `  heartbeat metrics
  heartbeat metrics | grep link_up
  heartbeat metrics > /var/lib/prometheus/node-exporter/heartbeat.prom.new && mv /var/lib/prometheus/node-exporter/heartbeat.prom{.new,}`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			ctx, cancel := c.soon()
			defer cancel()
			st, err := c.client().Status(ctx)
			if _, stopped := errors.AsType[*api.NotRunningError](err); stopped {
				return metrics.Write(c.Stdout, (*node.Status)(nil))
			}
			if err != nil {
				return err
			}
			return metrics.Write(c.Stdout, &st)
		},
	}
}
