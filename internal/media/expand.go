package media

import "heartbeat/internal/conf"

// expand makes one line of every host of a ping group, all with the name of the group: it is alive while any
// host answers. Other lines stay as they are.
func expand(lines []conf.Medium) []conf.Medium {
	var out []conf.Medium
	for _, m := range lines {
		if m.Kind != "ping_group" {
			out = append(out, m)
			continue
		}
		for i, host := range m.Targets {
			one := m
			one.Peer, one.Targets, one.TargetAddrs = host, nil, nil
			if i < len(m.TargetAddrs) {
				one.Addr = m.TargetAddrs[i]
			}
			out = append(out, one)
		}
	}
	return out
}
