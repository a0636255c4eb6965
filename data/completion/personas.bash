# Completion of personas for bash. Install it for yourself, once, where bash-completion is (most systems):
#   mkdir -p ~/.local/share/bash-completion/completions
#   personas completion bash > ~/.local/share/bash-completion/completions/personas
# or add this line to ~/.bashrc:
#   source <(personas completion bash)
# It asks the program itself what may stand where the cursor is. The first line of the answer says what follows: words, one a
# line with a tab before its description, or whether it is files or folders that the shell is to complete.

_personas() {
  COMPREPLY=()
  # Bash splits words at = and : too. They are put together again: only blanks part them.
  local rest=${COMP_LINE:0:COMP_POINT} piece i
  local -a words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    if [[ $i -eq 0 || $rest == [[:blank:]]* ]]; then
      rest=${rest#"${rest%%[![:blank:]]*}"}
      words+=('')
    fi
    piece=${COMP_WORDS[i]}
    # Of the last one, what stands before the cursor.
    [[ $i -eq $COMP_CWORD ]] && piece=$rest
    words[${#words[@]} - 1]+=$piece
    rest=${rest#"$piece"}
  done
  local current=${words[${#words[@]} - 1]} quote=
  # What is offered replaces the last piece alone.
  [[ $piece == [=:] ]] && piece=
  local before=${current%"$piece"}
  if [[ $piece == [\"\']* ]]; then
    quote=${piece:0:1}
    piece=${piece:1}
    current=$before$piece
    words[${#words[@]} - 1]=$current
  fi
  for ((i = 0; i < ${#words[@]}; i++)); do
    words[i]=${words[i]//\\/}
    [[ ${words[i]} == \"*\" || ${words[i]} == \'*\' ]] && words[i]=${words[i]:1:${#words[i]}-2}
  done

  local program=${words[0]} kind= entry
  [[ $program == \~/* ]] && program=$HOME/${program:2}
  while IFS= read -r entry; do
    if [[ -z $kind ]]; then
      kind=$entry
      continue
    fi
    entry=${entry%%$'\t'*}
    entry=${entry#"$before"}
    # What stands within quotes must mean itself there as well: a name is no command.
    case $quote in
      "'") entry=${entry//"'"/"'\\''"} ;;
      '"')
        entry=${entry//'\'/'\\'}
        entry=${entry//'"'/'\"'}
        entry=${entry//'$'/'\$'}
        entry=${entry//'`'/'\`'}
        entry=${entry//'!'/"\"'!'\""}
        ;;
      *) printf -v entry %q "$entry" ;;
    esac
    COMPREPLY+=("$entry")
  done < <("$program" complete -- "${words[@]:1}" 2>/dev/null)

  local action=
  [[ $kind == files ]] && action=-f
  [[ $kind == folders ]] && action=-d
  if [[ -n $action ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r entry; do COMPREPLY+=("$entry"); done < <(compgen "$action" -- "$piece")
  fi
}
complete -o nosort -F _personas personas 2>/dev/null || complete -F _personas personas
