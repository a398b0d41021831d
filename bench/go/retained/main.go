// Go's sync.Pool under the workloads of bench/src/retained, a line of CSV for each period.
//
// That program starts this one, and passes the workload's parameters:
//
//	retained outliers THREADS IN_FLIGHT REQUESTS MIXED SMALL SEED ONE_IN HUGE_BYTES SMALL_BYTES
//	retained burst THREADS STEADY AT_ONCE ROUNDS BEFORE AFTER OBJECT_BYTES
//
// A sweep is a runtime.GC(), which also waits until all garbage is freed; HeapAlloc then counts
// reachable memory only. GOGC controls further collections between the sweeps.
package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
)

var created atomic.Uint64

// fill empties a buffer, gives it n bytes and writes to all of them.
func fill(buffer *[]byte, n int) {
	*buffer = slices.Grow((*buffer)[:0], n)[:n]
	clear(*buffer)
}

// meter prints samples of the heap, less what it held at the start.
type meter struct {
	objectBytes uint32
	before      runtime.MemStats
	last        runtime.MemStats
	lastCreated uint64
}

func newMeter(objectBytes int) *meter {
	m := &meter{objectBytes: uint32(objectBytes)}
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m.before)
	m.last = m.before
	return m
}

func (m *meter) objects(stats *runtime.MemStats) (live uint64) {
	for _, class := range stats.BySize {
		if class.Size == m.objectBytes {
			live = class.Mallocs - class.Frees
		}
	}
	return live
}

// sweep ends a period.
func (m *meter) sweep(period int, phase string) {
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	retained := max(int64(now.HeapAlloc)-int64(m.before.HeapAlloc), 0)
	objects := ""
	if m.objectBytes > 0 {
		objects = strconv.FormatUint(m.objects(&now)-m.objects(&m.before), 10)
	}
	made := created.Load()
	fmt.Printf("%d,%s,%d,%s,%d,%d\n", period+1, phase, retained, objects,
		now.TotalAlloc-m.last.TotalAlloc, made-m.lastCreated)
	m.last, m.lastCreated = now, made
}

// inParallel runs work on as many goroutines, and waits for all.
func inParallel(goroutines int, work func(goroutine int)) {
	var done sync.WaitGroup
	for goroutine := range goroutines {
		done.Add(1)
		go func() {
			defer done.Done()
			work(goroutine)
		}()
	}
	done.Wait()
}

// barrier blocks each goroutine until all have arrived; it can be used repeatedly.
type barrier struct {
	sync.Mutex
	changed         sync.Cond
	parties, absent int
	generation      int
}

func newBarrier(parties int) *barrier {
	b := &barrier{parties: parties, absent: parties}
	b.changed.L = b
	return b
}

func (b *barrier) wait() {
	b.Lock()
	defer b.Unlock()
	generation := b.generation
	if b.absent--; b.absent == 0 {
		b.absent = b.parties
		b.generation++
		b.changed.Broadcast()
	}
	for b.generation == generation {
		b.changed.Wait()
	}
}

// sequence decides which requests are huge, with the same generator as plan.rs.
type sequence uint64

func (s *sequence) isHuge(oneIn uint64) bool {
	*s = *s*6364136223846793005 + 1442695040888963407
	return uint64(*s>>33)%oneIn == 0
}

func outliers(n []int) {
	threads, inFlight, requests, mixed, small := n[0], n[1], n[2], n[3], n[4]
	seed, oneIn, hugeBytes, smallBytes := n[5], uint64(n[6]), n[7], n[8]
	pool := sync.Pool{New: func() any {
		created.Add(1)
		return new([]byte)
	}}
	sequences := make([]sequence, threads)
	rings := make([][]*[]byte, threads)
	oldest := make([]int, threads)
	for thread := range rings {
		sequences[thread] = sequence(seed*threads + thread)
		rings[thread] = make([]*[]byte, inFlight)
	}
	m := newMeter(0)
	for period := range mixed + small {
		inParallel(threads, func(thread int) {
			for range requests {
				bytes := smallBytes
				if sequences[thread].isHuge(oneIn) && period < mixed {
					bytes = hugeBytes
				}
				buffer := pool.Get().(*[]byte)
				fill(buffer, bytes)
				place := &rings[thread][oldest[thread]]
				if *place != nil {
					pool.Put(*place)
				}
				*place = buffer
				oldest[thread] = (oldest[thread] + 1) % inFlight
			}
		})
		phase := "small"
		if period < mixed {
			phase = "mixed"
		}
		m.sweep(period, phase)
	}
	runtime.KeepAlive(rings)
}

func burst(n []int) {
	threads, steady, atOnce, rounds := n[0], n[1], n[2], n[3]
	before, after, objectBytes := n[4], n[5], n[6]
	pool := sync.Pool{New: func() any {
		created.Add(1)
		object := make([]byte, 0, objectBytes)
		return &object
	}}
	held := make([][]*[]byte, threads)
	for thread := range held {
		held[thread] = make([]*[]byte, 0, atOnce/threads)
	}
	allTaken := newBarrier(threads)
	// All goroutines hold their objects before one returns any, so that count objects are in use at once.
	take := func(thread, count int) {
		for range count / threads {
			object := pool.Get().(*[]byte)
			fill(object, objectBytes)
			held[thread] = append(held[thread], object)
		}
		allTaken.wait()
		for i, object := range held[thread] {
			pool.Put(object)
			held[thread][i] = nil
		}
		held[thread] = held[thread][:0]
	}
	m := newMeter(objectBytes)
	for period := range before + 1 + after {
		phase := "steady"
		if period == before {
			phase = "burst"
		}
		inParallel(threads, func(thread int) {
			if phase == "burst" {
				take(thread, atOnce)
			}
			for range rounds {
				take(thread, steady)
			}
		})
		m.sweep(period, phase)
	}
}

func main() {
	workloads := map[string]struct {
		run    func([]int)
		counts int
	}{"outliers": {outliers, 9}, "burst": {burst, 7}}
	if len(os.Args) < 2 {
		fail("name a workload")
	}
	workload, known := workloads[os.Args[1]]
	if !known || len(os.Args)-2 != workload.counts {
		fail(fmt.Sprintf("%q with %d numbers is no workload", os.Args[1], len(os.Args)-2))
	}
	var counts []int
	for _, arg := range os.Args[2:] {
		count, err := strconv.Atoi(arg)
		if err != nil || count < 0 {
			fail(fmt.Sprintf("%q is no count", arg))
		}
		counts = append(counts, count)
	}
	workload.run(counts)
}

func fail(problem string) {
	fmt.Fprintln(os.Stderr, "retained:", problem)
	os.Exit(2)
}
