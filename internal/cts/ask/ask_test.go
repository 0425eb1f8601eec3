package ask

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
)

type question1 struct {
	ID   uint64 `json:"id"`
	Word string `json:"word"`
}

type answer1 struct {
	ID   uint64 `json:"id"`
	Word string `json:"word"`
	More bool   `json:"more"`
}

var errGone = errors.New("gone")

func last(a *answer1) bool { return !a.More }

// newPair returns an asker, what the other side hears, and its mouth.
func newPair(odd func([]byte)) (a *Asker[question1, answer1], hears *bufio.Scanner, mouth *io.PipeWriter) {
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	a = New(outR, inW, Form[question1, answer1]{
		Number: func(q *question1, id uint64) { q.ID = id }, Of: func(a *answer1) uint64 { return a.ID }, MostLine: 1000, Gone: errGone, Odd: odd,
	})
	return a, bufio.NewScanner(inR), outW
}

func TestAnswersFindTheirQuestionInAnyOrder(t *testing.T) {
	var odd []string
	a, hears, mouth := newPair(func(line []byte) { odd = append(odd, string(line)) })
	go func() {
		var ids []uint64
		for len(ids) < 2 && hears.Scan() {
			var q question1
			_ = json.Unmarshal(hears.Bytes(), &q)
			ids = append(ids, q.ID)
		}
		slices.Sort(ids)
		fmt.Fprintf(mouth, "noise\n{\"id\":99,\"word\":\"nobody's\"}\n")
		fmt.Fprintf(mouth, "{\"id\":%d,\"word\":\"b1\",\"more\":true}\n{\"id\":%d,\"word\":\"a\"}\n{\"id\":%d,\"word\":\"b2\"}\n", ids[1], ids[0], ids[1])
		mouth.Close()
	}()
	_, one, err := a.Ask(question1{Word: "first"}, last)
	if err != nil {
		t.Fatal(err)
	}
	_, many, err := a.Ask(question1{Word: "second"}, last)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for x := range many {
		got = append(got, x.Word)
	}
	if x, ok := <-one; !ok || x.Word != "a" {
		t.Errorf("the first question: %+v %v", x, ok)
	}
	if !slices.Equal(got, []string{"b1", "b2"}) {
		t.Errorf("the second question: %q", got)
	}
	<-a.Done()
	if !slices.Equal(odd, []string{"noise"}) {
		t.Errorf("what is no JSON: %q", odd)
	}
}

func TestQuestionsEndWhenTheOtherSideIsGone(t *testing.T) {
	a, hears, mouth := newPair(nil)
	go func() {
		hears.Scan()
		fmt.Fprintf(mouth, "{\"id\":1,\"word\":\"begun\",\"more\":true}\n{\"id\":1,\"wo")
		mouth.Close()
	}()
	_, to, err := a.Ask(question1{}, last)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range to {
		n++
	}
	if n != 1 {
		t.Errorf("%d answers, want the whole one only", n)
	}
	if _, _, err := a.Ask(question1{}, last); !errors.Is(err, errGone) {
		t.Errorf("a question to somebody who is gone: %v", err)
	}
}

func TestWhatNobodyReadsHoldsNothingUpOnceItIsDrained(t *testing.T) {
	a, hears, mouth := newPair(nil)
	go func() {
		for hears.Scan() {
			var q question1
			_ = json.Unmarshal(hears.Bytes(), &q)
			if q.Word == "flood" {
				for range 3 * room {
					fmt.Fprintf(mouth, "{\"id\":%d,\"more\":true}\n", q.ID)
				}
			}
			fmt.Fprintf(mouth, "{\"id\":%d,\"word\":%q}\n", q.ID, q.Word)
		}
		mouth.Close()
	}()
	_, flood, err := a.Ask(question1{Word: "flood"}, last)
	if err != nil {
		t.Fatal(err)
	}
	Drain(flood)
	_, to, err := a.Ask(question1{Word: "plain"}, last)
	if err != nil {
		t.Fatal(err)
	}
	if x := <-to; x.Word != "plain" {
		t.Errorf("%+v", x)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	<-a.Done()
}
