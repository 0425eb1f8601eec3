package event

// What the shell of a node reports about itself and its machine.
var (
	NodeStarting    = &Kind{"self.starting", Info, "Heartbeat starts", "The configuration is valid and this node begins to speak.", "none"}
	ConfigDiffers   = &Kind{"config.differs", Warn, "Configuration differs between nodes", "A peer runs with other resource definitions than this node.", "run ha_propagate --dry-run on the node whose files are right, then ha_propagate; restart heartbeat where it says so"}
	ConfigReloaded  = &Kind{"config.reloaded", Info, "Configuration was read again", "A reload was asked for and the new files are in force.", "none"}
	ConfigRefused   = &Kind{"config.refused", Error, "A new configuration is refused", "The files have errors; the running configuration stays in force.", "run heartbeat check, mend what it lists, reload again"}
	StateUnwritable = &Kind{"state.unwritable", Error, "State cannot be written", "A file of the state directory could not be written. The running cluster goes on.", "make room on the disk or make the directory writable"}
	MediaError      = &Kind{"media.error", Warn, "A medium does not send", "Writing to a heartbeat link failed.", "check the interface and its cable"}
	MediaWorks      = &Kind{"media.works", Info, "A medium sends again", "A heartbeat link that failed before works again.", "none"}
	WatchdogArmed   = &Kind{"watchdog.armed", Info, "The watchdog watches this node", "The machine is reset when this node does not beat for the watchdog's time.", "none"}
	WatchdogFailed  = &Kind{"watchdog.failed", Error, "The watchdog does not watch this node", "The watchdog device could not be opened, fed or left in order.", "load a watchdog driver (modprobe softdog), let no other program have the device, and restart heartbeat; or remove the watchdog line"}
	WatchdogStarves = &Kind{"watchdog.starves", Error, "This node lets its watchdog reset the machine", "A loop of this node hangs, so nobody could release what it holds. The watchdog is not fed any more.", "read the log before this line; after the reset look for a hanging disk or a lack of memory"}
	QueueFull       = &Kind{"queue.full", Error, "A queue between the loops is full", "Work arrives faster than it is done; the oldest entries were dropped and counted.", "look for load or a hanging disk on this node; heartbeat status --json has the counters"}
)

var nodeKinds = []*Kind{NodeStarting, ConfigDiffers, ConfigReloaded, ConfigRefused, StateUnwritable, MediaError, MediaWorks, WatchdogArmed, WatchdogFailed, WatchdogStarves, QueueFull}
