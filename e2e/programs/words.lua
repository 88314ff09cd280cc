-- Coroutines, patterns, integers, packing, files, an error that is caught.
print(_VERSION, #arg, arg[1])
local squares = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i * i) end end)
print(squares(), squares(), squares())
local words = {}
for word in ("the quick brown fox"):gmatch("%a+") do words[#words + 1] = word:upper() end
print(table.concat(words, "-"), 7 // 2, 2 ^ 53 | 0, string.pack("<i4", 7):byte(1, -1))
local path = "/tmp/unideck-lua.txt"
local file = assert(io.open(path, "w"))
file:write("one\n", "two\n")
file:close()
for line in io.lines(path) do io.write(line, ";") end
print(os.remove(path))
print(io.open(path))
print(pcall(error, "caught"))
os.exit(26)
