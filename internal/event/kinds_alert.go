package event

// What is reported about the alerts that people get.
var (
	AlertFailing = &Kind{"alert.failing", Warn, "Alerts do not arrive", "Mail, webhook or program of an alert line failed twice in a row. What waits is kept and tried again; the cluster itself is not affected.", "run heartbeat alerts for the last error, mend it, then heartbeat alerts test"}
	AlertWorks   = &Kind{"alert.works", Info, "Alerts arrive again", "A channel that failed has delivered.", "none"}
	AlertLost    = &Kind{"alert.lost", Warn, "Alerts are lost", "Messages for people could not be delivered for too long, were not accepted, or were too many. The channel is told how many and which when it works again.", "run heartbeat alerts, and heartbeat events for what happened meanwhile"}
)

var alertKinds = []*Kind{AlertFailing, AlertWorks, AlertLost}
