#!/usr/bin/env escript
%% -*- erlang -*-
%%! -noshell
%%
%% Native ETS for the engine bench: reads a line, makes the pass that it names, answers with a line.
%%
%%   open TYPE KIND SIZE FILL ASK RANGES   a fresh table, and the keys whose numbers stand in three files
%%   VERB                                  answers `nanoseconds sum`
%%
%% Each verb is the fastest call that ETS has for it; a range by strings or integers is a walk with
%% next/2 and lookup/2, since select/2 looks at the whole table unless a prefix of the key is bound.

-mode(compile).

main(_) -> loop(none).

loop(State) ->
    case io:get_line("") of
        eof -> ok;
        Line -> loop(handle(string:lexemes(Line, " \n"), State))
    end.

handle(["open", Type, Kind, Size, Fill, Ask, Ranges], State) ->
    drop(State),
    Keys = keys_of(State, {Kind, Fill, Ask, Ranges}),
    erlang:garbage_collect(),
    io:format("ok~n"),
    #{table => ets:new(bench, [list_to_atom(Type)]), kind => list_to_atom(Kind),
      size => list_to_integer(Size), keys => Keys};
handle([Verb], #{table := T, kind := Kind, size := Size, keys := #{fill := Fill, ask := Ask, ranges := Ranges}} = State) ->
    Start = erlang:monotonic_time(nanosecond),
    Sum = case Verb of
        "insert" -> insert(T, Fill, 0);
        "replace" -> insert(T, Ask, 1);
        "lookup" -> lookup(T, Ask, 0);
        "updateCounter" -> update_counter(T, Ask, 0);
        "selectCount" -> ets:select_count(T, [{{'$1', '$2'}, [{'>', '$2', Size / 2}], [true]}]);
        "delete" -> delete(T, Ask);
        "next" -> next(T, Kind, Ask, 0);
        "range" -> ranges(T, Kind, Ranges, 0)
    end,
    io:format("~b ~b~n", [erlang:monotonic_time(nanosecond) - Start, Sum]),
    State.

drop(#{table := T}) -> ets:delete(T);
drop(none) -> ok.

%% The keys of the last table, when those of this one are the same.
keys_of(#{keys := #{source := Source} = Keys}, Source) -> Keys;
keys_of(_, {Kind, Fill, Ask, Ranges} = Source) ->
    #{source => Source, fill => keyed(Kind, Fill), ask => keyed(Kind, Ask), ranges => keyed(Kind, Ranges)}.

keyed(Kind, File) ->
    {ok, Bytes} = file:read_file(File),
    [{key(Kind, N), N} || <<N:32/little>> <= Bytes].

key("string", N) -> <<"user:", (padded(N, 7))/binary>>;
key("integer", N) -> N;
key("tuple", N) -> {<<"room:", (padded(N div 100, 5))/binary>>, N rem 100}.

padded(N, Width) ->
    Digits = integer_to_binary(N),
    <<(binary:copy(<<"0">>, Width - byte_size(Digits)))/binary, Digits/binary>>.

insert(T, [{Key, N} | Rest], More) -> ets:insert(T, {Key, N + More}), insert(T, Rest, More);
insert(T, [], _) -> ets:info(T, size).

lookup(T, [{Key, _} | Rest], Sum) ->
    [{_, Value}] = ets:lookup(T, Key),
    lookup(T, Rest, Sum + Value);
lookup(_, [], Sum) -> Sum.

update_counter(T, [{Key, _} | Rest], Sum) -> update_counter(T, Rest, Sum + ets:update_counter(T, Key, {2, 1}));
update_counter(_, [], Sum) -> Sum.

delete(T, [{Key, _} | Rest]) -> ets:delete(T, Key), delete(T, Rest);
delete(T, []) -> ets:info(T, size).

next(T, Kind, [{Key, _} | Rest], Sum) ->
    case ets:next(T, Key) of
        '$end_of_table' -> next(T, Kind, Rest, Sum);
        Next -> next(T, Kind, Rest, Sum + digest(Kind, Next))
    end;
next(_, _, [], Sum) -> Sum.

digest(string, Key) -> binary:last(Key);
digest(integer, Key) -> Key band 255;
digest(tuple, Key) -> element(2, Key).

ranges(T, tuple, [{{Room, _}, _} | Rest], Sum) ->
    Rows = ets:select(T, [{{{Room, '_'}, '_'}, [], ['$_']}]),
    ranges(T, tuple, Rest, sum(Rows, Sum));
ranges(T, Kind, [{Key, _} | Rest], Sum) -> ranges(T, Kind, Rest, walk(T, Key, 100, Sum));
ranges(_, _, [], Sum) -> Sum.

sum([{_, Value} | Rest], Sum) -> sum(Rest, Sum + Value);
sum([], Sum) -> Sum.

walk(_, '$end_of_table', _, Sum) -> Sum;
walk(_, _, 0, Sum) -> Sum;
walk(T, Key, Left, Sum) ->
    [{_, Value}] = ets:lookup(T, Key),
    walk(T, ets:next(T, Key), Left - 1, Sum + Value).
