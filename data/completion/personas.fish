# Completion of personas for fish. Install it for yourself, once:
#   personas completion fish > ~/.config/fish/completions/personas.fish
# It asks the program itself what may stand where the cursor is. The first line of the answer says what follows: words, one a
# line with a tab before its description, or whether it is files or folders that the shell is to complete.

function __personas_complete
    set -l words (commandline -opc)
    # As it is meant, not as it is quoted; the quote that is still open is taken off by hand.
    set -l typed (commandline -ct)
    set -l current (string unescape -- "$typed"; or string replace -r -- '["\']' '' "$typed")
    set -l lines ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
    set -l before (string match -r -- '^--[^=]+=' "$current")
    set -l start (string replace -r -- '^--[^=]+=' '' "$current")
    switch "$lines[1]"
        case words
            # Printing nothing would print an empty line.
            test (count $lines) -gt 1; and printf '%s\n' $lines[2..-1]
        case files
            printf '%s\n' "$before"(__fish_complete_path "$start" '')
        case folders
            printf '%s\n' "$before"(__fish_complete_directories "$start" '')
    end
end
complete -c personas -f -k -a '(__personas_complete)'
