// C++ as programs use it: streams, containers, exceptions through frames with destructors, a static with a destructor.
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Announcer {
    std::string name;
    explicit Announcer(std::string n) : name(std::move(n)) { std::cout << "made " << name << std::endl; }
    ~Announcer() { std::cout << "gone " << name << std::endl; }
};

Announcer global("the global");

int depth(int n) {
    Announcer here("frame " + std::to_string(n));
    if (n == 0) throw std::out_of_range("the bottom");
    return depth(n - 1) + 1;
}

} // namespace

int main() {
    try {
        depth(3);
    } catch (const std::exception &e) {
        std::cout << "caught " << e.what() << '\n';
    }
    try {
        std::vector<int>(3).at(7);
    } catch (const std::out_of_range &) {
        std::cout << "a vector says so too\n";
    }
    try {
        std::make_unique<char[]>(static_cast<std::size_t>(1) << 60);
    } catch (const std::bad_alloc &) {
        std::cout << "too much memory is refused\n";
    }
    std::map<std::string, int> words;
    std::istringstream text("one two two three three three");
    for (std::string word; text >> word;) words[word]++;
    for (const auto &[word, count] : words) std::cout << std::setw(8) << word << ' ' << count << '\n';
    std::cout << std::fixed << std::setprecision(3) << 3.14159 << ' ' << std::hex << 255 << std::endl;
    std::cerr << "and a line of errors\n";
    return 77;
}
