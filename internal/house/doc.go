// Package house holds no code of the product: its tests are the rules of this
// repository. They read the sources and fail with the file and the mend.
package house
