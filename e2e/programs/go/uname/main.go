// Says what kernel it runs on.
package main

import (
	"fmt"
	"syscall"
)

func main() {
	var u syscall.Utsname
	if err := syscall.Uname(&u); err != nil {
		panic(err)
	}
	name := []byte{}
	for _, c := range u.Sysname {
		if c == 0 {
			break
		}
		name = append(name, byte(c))
	}
	fmt.Println(string(name))
}
