package device

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Check says what is wrong with a line, by asking its program for its parameters. The device itself is not asked.
func Check(ctx context.Context, l Line) error {
	d, err := New(l)
	if err != nil {
		return err
	}
	if d.agent != "" {
		return d.checkAgent(ctx)
	}
	return d.checkPlugin(ctx)
}

func (d Device) checkPlugin(ctx context.Context) error {
	code, stdout, all, err := call(ctx, Tool, []string{"-L"}, baseEnv(), "")
	if err != nil || code != 0 {
		return fmt.Errorf("%s -L: exit code %d%s", Tool, code, behind(oneLine(all)))
	}
	if types := strings.Fields(stdout); !slices.Contains(types, d.line.Type) {
		return fmt.Errorf("there is no STONITH type %s; %s -L lists them", d.line.Type, Tool)
	}
	if d.line.File {
		if f, err := os.Open(d.line.Params); err != nil {
			return err
		} else {
			return f.Close()
		}
	}
	_, _, err = d.pluginCall(ctx)
	return err
}

func (d Device) checkAgent(ctx context.Context) error {
	code, stdout, all, err := call(ctx, d.agent, nil, baseEnv(), "action=metadata\n")
	if err == nil && code != 0 {
		err = fmt.Errorf("exit code %d%s", code, behind(oneLine(all)))
	}
	if err != nil {
		return fmt.Errorf("asking %s for its parameters: %w", d.agent, err)
	}
	m, err := parseMetadata([]byte(stdout))
	if err != nil {
		return err
	}
	return m.judge(d.line.Params)
}
