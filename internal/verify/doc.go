// Package verify judges a cluster's document as a whole: its form (package schema), and what it means: options with values that nobody
// understands, constraints that name nothing, operations configured twice, and what the recorded state of the cluster leads to. It finds
// what crm_verify of Pacemaker finds, with line, element and remedy for each, and it says the same in the words of crm_verify.
//
//	report := verify.Document(root, now)
//	for _, p := range report.Problems { fmt.Println(p) }
//
// The document is not changed. The verdict is compared with Pacemaker's in the tests, over all inputs of its scheduler's test suite.
package verify
