package event

import "slices"

// Kinds returns every declared kind, sorted by name.
func Kinds() []*Kind {
	all := slices.Concat(clusterKinds, groupKinds, nodeKinds, connectivityKinds, memberKinds, clientKinds)
	all = append(all, securityKinds...)
	all = append(all, guardKinds...)
	all = append(all, fenceKinds...)
	all = append(all, filesKinds...)
	all = append(all, arbiterKinds...)
	all = append(all, orderKinds...)
	all = append(all, alertKinds...)
	slices.SortFunc(all, func(a, b *Kind) int {
		switch {
		case a.Name < b.Name:
			return -1
		case a.Name > b.Name:
			return 1
		}
		return 0
	})
	return all
}
