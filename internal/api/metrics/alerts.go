package metrics

import (
	"heartbeat/internal/alert"
	"heartbeat/internal/node"
)

// alerts tell whether people are told.
func alerts() []family {
	channel := func(name, help string, kind kind, value func(alert.ChannelView) float64) family {
		return family{name, help, kind, []string{"channel"}, func(st *node.Status, give emit) {
			if st.Alerts == nil {
				return
			}
			for _, c := range st.Alerts.Channels {
				give(value(c), c.Name)
			}
		}}
	}
	return []family{
		channel("alerts_delivered_total", "Messages that a channel of an alert line delivered.", counter, func(c alert.ChannelView) float64 { return float64(c.Delivered) }),
		channel("alerts_failed_total", "Attempts to deliver that failed.", counter, func(c alert.ChannelView) float64 { return float64(c.Failed) }),
		channel("alerts_lost_total", "Messages that were given up, or found the queue full.", counter, func(c alert.ChannelView) float64 { return float64(c.Lost) }),
		channel("alerts_waiting", "Messages that wait for a channel.", gauge, func(c alert.ChannelView) float64 { return float64(c.Waiting) }),
		channel("alerts_channel_failing", "Whether the last attempt of a channel failed.", gauge, func(c alert.ChannelView) float64 { return truth(c.State == "failing") }),
		{"alerts_open", "Alarms that were not followed by their all-clear yet; missing without alert lines.", gauge, nil, func(st *node.Status, give emit) {
			if st.Alerts != nil {
				give(float64(len(st.Alerts.Incidents)))
			}
		}},
	}
}
