package event

// What concerns the programs around a node: clients of its API and children that it keeps running.
var (
	ClientRefused  = &Kind{"client.refused", Warn, "A client was refused", "A program wanted to sign on, or to say something, that apiauth or the rules of the client API do not allow.", "allow it with an apiauth line in ha.cf, or find out who it is"}
	ClientSlow     = &Kind{"client.slow", Warn, "A client was disconnected", "The program does not read what it is sent. Its queue was full, so it was disconnected before it could cost anybody else.", "look why the program hangs; it may sign on again"}
	ChildStarted   = &Kind{"child.started", Info, "A program was started", "A program of a respawn or failfast line runs.", "none"}
	ChildExited    = &Kind{"child.exited", Warn, "A program has ended", "A program of a respawn or failfast line ended by itself; the text says whether it is started again.", "read the log of the program"}
	ChildGivenUp   = &Kind{"child.givenup", Error, "A program is not started again", "It ended again and again right after its start, it cannot be started, or it asked not to be started again (exit code 100).", "mend the program or its line in ha.cf, then restart heartbeat"}
	MonitorJoined  = &Kind{"monitor.registered", Info, "apphbd watches this node", "With use_apphbd this node has registered with the application heartbeat monitor and beats there.", "none"}
	MonitorLost    = &Kind{"monitor.lost", Warn, "apphbd does not watch this node", "ha.cf says use_apphbd, but the monitor cannot be reached, or has ended. The node runs on and tries again.", "start apphbd, or remove use_apphbd"}
	MachineReboots = &Kind{"machine.reboot", Error, "The machine is rebooted", "A program that must not fail (failfast) failed, so this machine leaves the cluster at once.", "read the log of the program that the text names"}
)

var clientKinds = []*Kind{ClientRefused, ClientSlow, ChildStarted, ChildExited, ChildGivenUp, MonitorJoined, MonitorLost, MachineReboots}
