#!/usr/bin/env bash
# The words of the project: no figure of speech where the field has a term, and at the head of each
# source file a `//!` that says what the module is.
set -euo pipefail
cd "$(dirname "$0")/.."

# Kept inputs are other people's words; this file has to name what it looks for.
files=(':!ci/words.sh' ':!*.lock' ':!fuzz/corpus' ':!*/data/*')

people='somebody|nobody|whoever|whomever|anybody|everybody|someone|anyone|everyone|no one|he|him|his'
figures='at hand|(come|comes|came|coming|go|goes|went) home|homecoming|on (its|their) way home|in the way|lent( out)?|heirs?|loot|hauls?|riddles?'
if git grep -niP "\b($people|$figures)\b" -- "${files[@]}"; then
    echo "figures of speech: name the thread, the slot or the caller, and use the field's term" >&2
    exit 1
fi

headless=$(git ls-files 'crates/*/src/*.rs' 'bench/*.rs' 'fuzz/*.rs' | while read -r file; do
    head -n 1 "$file" | grep -q '^//!' || echo "$file"
done)
if [ -n "$headless" ]; then
    printf 'without a //! that says what the module is:\n%s\n' "$headless" >&2
    exit 1
fi
