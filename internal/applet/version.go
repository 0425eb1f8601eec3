package applet

import (
	"encoding/json"
	"runtime"

	"github.com/spf13/cobra"
)

// classicVersion is the version of C Heartbeat whose wire protocol and files this program speaks.
const classicVersion = "3.0.6"

func versionCommand(c *call) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "version", Short: "the version of this program",
		Long:    "Prints the version of this program and what it is compatible with. heartbeat -V prints the bare version.",
		Example: "  heartbeat version\n  heartbeat version --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return json.NewEncoder(c.Stdout).Encode(map[string]string{
					"version": c.Version, "wire": classicVersion, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
				})
			}
			c.printf("heartbeat %s (%s, %s/%s), speaks with Heartbeat %s\n", c.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH, classicVersion)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as a JSON object")
	return cmd
}
