package guard

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"time"

	"heartbeat/internal/agent/address"
	"heartbeat/internal/netif"
	"heartbeat/internal/node/halog"
)

// say writes to the terminal, or systemd's journal, and to the log of ha.cf. It happens only when something went wrong, so it may take memory.
func (g *guardian) say(level slog.Level, text string) {
	fmt.Fprintf(g.stderr, "heartbeat guard: %s\n", text)
	if g.charge == nil {
		return
	}
	cfg := g.charge.Log
	cfg.PID = os.Getpid()
	log := halog.Open(cfg)
	slog.New(log.Handler()).Log(context.Background(), level, text)
	log.Close(time.Second)
}

// drop takes the addresses that the node noted off the machine.
func (g *guardian) drop(why string) {
	g.dropped = true
	if g.charge == nil || g.charge.Addresses == "" {
		g.say(slog.LevelError, why+"; which addresses it held is not known: look with heartbeat status on another node")
		return
	}
	gone, err := takeAway(g.charge.Addresses)
	text := why + "; the guard takes its addresses away: "
	if len(gone) == 0 {
		text += "there were none"
	}
	for i, ip := range gone {
		if i > 0 {
			text += ", "
		}
		text += ip.String()
	}
	text += ". What resource scripts have started may run on: stop it by hand if another node runs it."
	if err != nil {
		text += " But: " + strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	g.say(slog.LevelError, text)
}

func takeAway(file string) ([]netip.Addr, error) {
	kernel, err := netif.Open()
	if err != nil {
		return nil, err
	}
	defer kernel.Close()
	keeper := address.NewKeeper(address.Config{Kernel: kernel, StateFile: file})
	defer keeper.Close()
	list, err := keeper.DropLeftovers(nil)
	var gone []netip.Addr
	for _, l := range list {
		gone = append(gone, l.IP)
	}
	return gone, err
}
