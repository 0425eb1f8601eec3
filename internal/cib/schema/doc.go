// Package schema knows what may stand in a cluster's document (CIB), for every generation of it: the document type of Heartbeat 2
// (called pacemaker-0.6), pacemaker-1.0 to 3.10, and 4.0. The knowledge is data: grammar*.go hold elements, attributes, types and
// the order of children, each with the generations that have it; docs*.go say what they mean.
//
//	for _, p := range schema.Check(root) {
//		fmt.Println(p) // line 12: <primitive id="web">: attribute clas is not known; did you mean class?
//	}
//
// Check judges a document by the generation that it claims in validate-with, and names all problems at once, each with its line, what is
// wrong and how to mend it. An error is what Pacemaker's own schemas refuse too; the verdict is compared with theirs in the tests.
//
// # How it works
//
// A content model is a pattern in the sense of RELAX NG. Every attribute and every child takes a step from one pattern to the next, the
// derivative, which is remembered; so a document costs one look into a table for most of its nodes, whatever its size. After a mistake the
// step is left out, and the check goes on as if the mistake were not there.
//
// What a document means beyond its form, such as whether a constraint names a resource, is the matter of package verify.
package schema
