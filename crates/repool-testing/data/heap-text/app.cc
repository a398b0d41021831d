// Allocates at three call sites, whose sums are known.
#include <gperftools/heap-profiler.h>
#include <gperftools/malloc_extension.h>
#include <fstream>
#include <string>
#include <vector>
#include <cstdlib>
__attribute__((noinline)) void* small(int n) { void* p = nullptr; for (int i = 0; i < n; i++) p = malloc(100); return p; }
__attribute__((noinline)) void* large(int n) { void* p = nullptr; for (int i = 0; i < n; i++) p = malloc(1 << 20); return p; }
__attribute__((noinline)) void freed(int n) { for (int i = 0; i < n; i++) free(malloc(5000)); }
int main(int argc, char** argv) {
  std::string mode = argv[1];
  if (mode == "profiler") HeapProfilerStart("unused");
  small(20000); large(20); freed(1000);
  std::string out;
  if (mode == "profiler") { char* text = GetHeapProfile(); out = text; HeapProfilerStop(); }
  else if (mode == "sample") MallocExtension::instance()->GetHeapSample(&out);
  else MallocExtension::instance()->GetHeapGrowthStacks(&out);
  std::ofstream(argv[2]) << out;
}
