#compdef personas
# Completion of personas for zsh. Install it for yourself, once:
#   mkdir -p ~/.zfunc
#   personas completion zsh > ~/.zfunc/_personas
# and have these lines in ~/.zshrc:
#   fpath=(~/.zfunc $fpath)
#   autoload -Uz compinit && compinit
# It asks the program itself what may stand where the cursor is. The first line of the answer says what follows: words, one a
# line with a tab before its description, or whether it is files or folders that the shell is to complete.

_personas() {
  local program=${(Q)words[1]} line word about
  local -a lines offered
  program=${program/#\~\//$HOME/}
  lines=("${(@f)$("$program" complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  case $lines[1] in
    files)
      compset -P '--*='
      _files
      ;;
    folders)
      compset -P '--*='
      _files -/
      ;;
    words)
      for line in "${(@)lines[2,-1]}"; do
        word=${line%%$'\t'*}
        word=${word//\\/\\\\}
        about=${line#*$'\t'}
        offered+=("${word//:/\\:}${about:+:$about}")
      done
      (( $#offered )) && _describe -V -t personas personas offered
      ;;
  esac
}

# As a file of its own it is the function; sourced, it says what it is for.
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _personas "$@"
else
  compdef _personas personas
fi
