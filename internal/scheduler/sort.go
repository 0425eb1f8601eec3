package scheduler

// sorted puts a list in order, as Pacemaker's lists are sorted: halves first, the smaller one in front, then merged, and what is equal keeps its
// order. Some comparisons are no orders (an operation under way may count as older than one and younger than another that is older still), and
// then the result depends on which pairs are compared.
func sorted[T any](list []T, compare func(a, b T) int) []T {
	if len(list) < 2 {
		return list
	}
	half := len(list) / 2
	a, b := sorted(list[:half:half], compare), sorted(list[half:], compare)
	out := make([]T, 0, len(list))
	for len(a) > 0 && len(b) > 0 {
		if compare(a[0], b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}
