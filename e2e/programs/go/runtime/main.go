// What Go's runtime does by itself: goroutines while garbage is collected, preemption by signals, timers, channels, and
// a panic made of SIGSEGV.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type node struct {
	left, right *node
	value       int
}

func tree(depth int) *node {
	if depth == 0 {
		return &node{value: 1}
	}
	return &node{tree(depth - 1), tree(depth - 1), depth}
}

func (n *node) sum() int {
	if n == nil {
		return 0
	}
	return n.left.sum() + n.right.sum() + n.value
}

func collect() {
	debug.SetGCPercent(10)
	results := make(chan int, 8)
	var wait sync.WaitGroup
	for i := 0; i < 40; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			kept := tree(11)
			runtime.Gosched()
			results <- tree(9).sum() + kept.sum()
		}()
	}
	go func() {
		wait.Wait()
		close(results)
	}()
	total := 0
	for result := range results {
		total += result
	}
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	fmt.Println("trees:", total, "collected:", memory.NumGC > 1)
}

// Two loops that never yield and one processor: only a signal gets the first off it.
func preempt() {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var stop int32
	turned := make(chan int, 2)
	for i := 1; i <= 2; i++ {
		go func(i int) {
			n := 0
			for atomic.LoadInt32(&stop) == 0 {
				n += i
			}
			turned <- n
		}(i)
	}
	time.Sleep(3 * time.Millisecond)
	atomic.StoreInt32(&stop, 1)
	fmt.Println("preempted:", <-turned >= 0, <-turned >= 0)
}

func timers() {
	begin := time.Now()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	late := time.After(time.Minute)
	ticks := 0
	for ticks < 5 {
		select {
		case <-ticker.C:
			ticks++
		case <-late:
			fmt.Println("too late")
			return
		}
	}
	fired := make(chan string)
	time.AfterFunc(time.Millisecond, func() { fired <- "after" })
	fmt.Println("ticks:", ticks, <-fired, time.Since(begin) >= 10*time.Millisecond)
}

func channels() {
	numbers, squares := make(chan int), make(chan int)
	go func() {
		for i := 0; i < 1000; i++ {
			numbers <- i
		}
		close(numbers)
	}()
	for i := 0; i < 10; i++ {
		go func() {
			for n := range numbers {
				squares <- n * n
			}
		}()
	}
	total := 0
	for i := 0; i < 1000; i++ {
		total += <-squares
	}
	fmt.Println("squares:", total)
}

func signals() {
	came := make(chan os.Signal, 1)
	signal.Notify(came, syscall.SIGUSR1)
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGUSR1); err != nil {
		panic(err)
	}
	fmt.Println("signal:", <-came)
}

func recovered() {
	defer func() { fmt.Println("recovered:", recover()) }()
	var nothing *node
	fmt.Println(nothing.value)
}

func main() {
	collect()
	preempt()
	timers()
	channels()
	signals()
	recovered()
	os.Exit(23)
}
