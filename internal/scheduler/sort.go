package scheduler

// sorted puts a list in order, as Pacemaker's lists are sorted: halves first, the smaller one in front, then merged, and what is equal keeps its
// order. Some comparisons are no orders (an operation under way may count as older than one and younger than another that is older still), and
// then the result depends on which pairs are compared. So it does on the order before: for nodes with placement-strategy=balanced, where one has more
// processors and the other more memory, Pacemaker's is that of a hash table, ours that of the document.
func sorted[T any](list []T, compare func(a, b T) int) []T {
	if len(list) < 2 {
		return list
	}
	out := append(make([]T, 0, len(list)), list...)
	mergeSort(out, make([]T, (len(list)+1)/2), compare)
	return out
}

// mergeSort sorts in place, with room for half of the list. Resources ask for the order of nodes again and again, so that what is only
// looked at once is sorted in memory that is used again.
func mergeSort[T any](list, room []T, compare func(a, b T) int) {
	if len(list) < 2 {
		return
	}
	half := len(list) / 2
	mergeSort(list[:half], room, compare)
	mergeSort(list[half:], room, compare)
	a := room[:copy(room, list[:half])]
	to, b := 0, half
	for len(a) > 0 && b < len(list) {
		if compare(a[0], list[b]) <= 0 {
			list[to], a = a[0], a[1:]
		} else {
			list[to] = list[b]
			b++
		}
		to++
	}
	copy(list[to:], a) // what is left of the other half is in place
}
