package event

// What ha_propagate reports.
var (
	FilesSent      = &Kind{"config.sent", Info, "Configuration was sent to other nodes", "An administrator on this node ran ha_propagate; the text says who, which files and to whom.", "none"}
	FilesInstalled = &Kind{"config.installed", Info, "Another node's configuration was installed", "ha_propagate on another node replaced files of this one, all of them or none; the text says who ordered it. The files before are kept.", "restart heartbeat when convenient if the text says so; to take it back: ha_propagate --undo"}
	FilesDeclined  = &Kind{"config.declined", Warn, "Another node's configuration was refused", "ha_propagate on another node sent files that would not work here, or that this node does not accept. Nothing was changed.", "mend the files where they were sent from; the command printed every problem"}
	FilesUndone    = &Kind{"config.undone", Info, "The former configuration is back", "A change by ha_propagate was taken back; a second undo makes it again.", "restart heartbeat when convenient if the text says so"}
	FilesCompleted = &Kind{"config.completed", Warn, "An interrupted change was finished", "This node stopped in the middle of a change by ha_propagate. The change was finished at this start, before the files were read.", "none"}
	FilesHalf      = &Kind{"config.half", Error, "A change of the files failed midway", "A change by ha_propagate could neither be finished nor taken back. The running node goes on with what it has read before.", "mend what the text names (a full or read-only disk), then restart heartbeat: its start finishes the change"}
)

var filesKinds = []*Kind{FilesSent, FilesInstalled, FilesDeclined, FilesUndone, FilesCompleted, FilesHalf}
