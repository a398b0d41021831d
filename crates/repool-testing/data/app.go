// Builds log lines, parses them again and sorts them, and writes a heap and a CPU profile.
package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"sort"
	"strings"
	"time"
)

type line struct {
	at   time.Time
	text string
	tags map[string]string
}

type log[T any] struct{ kept []T }

func (l *log[T]) keep(one T) { l.kept = append(l.kept, one) }

func format(l line) string {
	var buffer bytes.Buffer
	buffer.WriteString(l.at.Format("15:04:05"))
	for key, value := range l.tags {
		fmt.Fprintf(&buffer, " %s=%s", key, value)
	}
	buffer.WriteString(l.text)
	return buffer.String()
}

func parse(text string) []string { return strings.Fields(text) }

func depth(n int, l line) int {
	if n == 0 {
		return len(parse(format(l)))
	}
	return depth(n-1, l) + 1
}

func main() {
	runtime.MemProfileRate = 4096
	cpu, _ := os.Create("cpu.pb.gz")
	pprof.StartCPUProfile(cpu)
	logs := &log[string]{}
	start := time.Now()
	for n := 0; time.Since(start) < 2*time.Second; n++ {
		l := line{time.Unix(int64(n), 0), "done", map[string]string{"n": fmt.Sprint(n), "who": "app"}}
		depth(n%7, l)
		if n%64 == 0 {
			logs.keep(format(l))
		}
		if n%4096 == 0 {
			sort.Strings(logs.kept)
		}
	}
	pprof.StopCPUProfile()
	cpu.Close()
	runtime.GC()
	heap, _ := os.Create("heap.pb.gz")
	pprof.WriteHeapProfile(heap)
	heap.Close()
	fmt.Println(len(logs.kept))
}
