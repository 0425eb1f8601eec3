// Package executor runs the groups of this node: it starts the members of a
// group from left to right and stops them from right to left, with time limits,
// and undoes a start that failed. Groups run independently of each other, each
// in a worker of its own (resources spec, sections 3.5, 3.6 and rules I3, I4, I6).
//
// It does what it is told and decides nothing about who may run what. Orders
// never block; their ends come as Finished on Results:
//
//	x := executor.New(executor.Config{Groups: groups, Resolve: resolver.Resolve, …})
//	running := x.Adopt(ctx)              // what runs already, after a crash or a careless boot
//	x.Start("10.0.0.1", "peer-dead", "node.dead n1")
//	f := <-x.Results()                   // Finished{Key: "10.0.0.1", Op: "start"}
//
// Every operation is an event with its duration, what the agent said, and its cause.
package executor
